/** The AppArmor profiles that container runtimes give unless told otherwise: none lets anything be mounted, or another profile be entered. */
export const profilesOfRuntimes = /^(?:docker-default|cri-containerd\.apparmor\.d|crio-default|containers-default-[^ ]*) \(enforce\)$/;
