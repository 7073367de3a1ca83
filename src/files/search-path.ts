/** Where programs are looked for when PATH is not set: execvp(3) and the shells of Debian and Alpine do the same. */
export const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
