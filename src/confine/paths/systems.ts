/** statfs(2): file systems that are the kernel's own state. */
const magics: readonly number[] = [0x9fa0, 0x6265_6572, 0x27_e0eb, 0x6367_7270];

export function ownedBySystem(magic: number): boolean {
	return magics.includes(magic);
}
