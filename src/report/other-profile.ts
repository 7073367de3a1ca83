/** To start it under a profile that allows more, by the words of who starts it. */
export const otherApparmor =
	"docker run --security-opt apparmor=PROFILE ... | compose: security_opt: [apparmor=PROFILE] | kubernetes: securityContext.appArmorProfile: {type: Localhost, localhostProfile: PROFILE}";
export const otherSeccomp =
	"docker run --security-opt seccomp=PROFILE ... | compose: security_opt: [seccomp=PROFILE] | kubernetes: securityContext.seccompProfile: {type: Localhost, localhostProfile: PROFILE}";
