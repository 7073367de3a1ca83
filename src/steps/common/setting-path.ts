/** With a slash in it, slashes part the names and dots belong to them: net/ipv4/conf/eth0.5/forwarding. sysctl.d(5) */
export const settingForm = /^[A-Za-z0-9_-]+(?:(?:\.[A-Za-z0-9_@:-]+)+|(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9_@:.-]+)+)$/;

export function settingPath(key: string): string {
	return `/proc/sys/${key.includes("/") ? key : key.replaceAll(".", "/")}`;
}
