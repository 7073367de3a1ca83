/** commander can start a subcommand as a program of its own; here there are none. */
export default {};
