#[test]
fn numbers_are_written_as_they_are() {
    for number in [0, 7, 10, 4_194_304, i32::MAX] {
        let mut text = [0; 12];
        let length = super::write_number(number, &mut text);
        assert_eq!(&text[..length], number.to_string().as_bytes());
    }
}
