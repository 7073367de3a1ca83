#!/bin/bash
# Installs what is missing, and says nothing when nothing is. Usage: setup.sh [build|demo|test|bench|kernels]...
# As root on Debian it installs packages; elsewhere it names them, and what needs them says so itself. With INSTALL=no it installs
# nothing: it names what is missing and fails.
set -euo pipefail
cd "$(dirname "$0")/.."

build=(gcc libc6-dev musl-dev make)
demo=("${build[@]}" util-linux iproute2 fuse3 sshfs openssh-sftp-server)
test=("${demo[@]}" acl git curl openssl docker.io runc runsc debootstrap busybox-static strace valgrind gosu tini dumb-init catatonit libcap2-bin libcap-ng-utils redis-tools zsh fish iputils-ping chrony openvpn bubblewrap e2fsprogs squashfs-tools xfsprogs btrfs-progs erofs-utils nftables uidmap)
bench=(libseccomp-dev)
kernels=("${build[@]}" qemu-system-x86 busybox-static cpio apparmor checkpolicy genisoimage dosfstools mtools)

wanted=()
for group in "${@:-build}"; do
	case $group in
	build | demo | test | bench | kernels) declare -n packages=$group && wanted+=("${packages[@]}") ;;
	*) echo "setup.sh: no group $group; there are build, demo, test, bench and kernels" >&2 && exit 2 ;;
	esac
done

# Says what is missing where nothing may be installed.
only_if_allowed() {
	[ "${INSTALL:-yes}" != no ] || { echo "setup.sh: missing: $*; make test installs it" >&2 && exit 1; }
}

mkdir -p .cache
log=.cache/setup.log

# Runs a command; its output matters only when it fails.
quietly() {
	"$@" >"$log" 2>&1 || { cat "$log" >&2 && echo "setup.sh: failed: $*" >&2 && exit 1; }
}

missing_packages() {
	local installed
	# It fails when a package is unknown, and lists the others all the same.
	installed=$(dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null | sed -n 's/^installed //p') || true
	printf '%s\n' "${wanted[@]}" | sort -u | grep -vxF "$installed" || true
}

install_packages() {
	local policy=/usr/sbin/policy-rc.d
	if [ ! -e $policy ]; then
		# Packages that bring a service must not start it on this machine: 101 is "forbidden by policy".
		trap "rm -f $policy" EXIT
		printf '#!/bin/sh\nexit 101\n' >$policy
		chmod 755 $policy
	fi
	echo "setup.sh: installing $*" >&2
	export DEBIAN_FRONTEND=noninteractive
	quietly apt-get -o Acquire::Retries=3 -q update
	quietly apt-get -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 -q -y --no-install-recommends install "$@"
}

if command -v dpkg-query >/dev/null; then
	mapfile -t missing < <(missing_packages)
	if [ ${#missing[@]} -gt 0 ]; then
		only_if_allowed "${missing[@]}"
		if [ "$(id -u)" = 0 ]; then
			install_packages "${missing[@]}"
		else
			echo "setup.sh: not root, so these are not installed: ${missing[*]}" >&2
		fi
	fi
else
	echo "setup.sh: not a Debian system; these packages or their like are needed: ${wanted[*]}" >&2
fi

# What Debian's Docker allows by default, to compare with: from its sources alone, whose package wants hundreds of others.
fetch_profile() {
	local package=golang-github-docker-docker-dev directory
	local inside=./usr/share/gocode/src/github.com/docker/docker/profiles/seccomp/default.json
	directory=$(mktemp -d)
	(cd "$directory" && apt-get -q -o Acquire::Retries=3 -o APT::Sandbox::User=root download $package) &&
		dpkg-deb --fsys-tarfile "$directory"/*.deb | tar -xO $inside >"$directory/profile" &&
		mkdir -p .cache/seccomp &&
		mv "$directory/profile" ".cache/seccomp/docker-$(dpkg-deb -f "$directory"/*.deb Version).json"
	local status=$?
	rm -rf "$directory"
	return $status
}

if [[ " $* " == *" test "* ]] && command -v apt-get >/dev/null && ! compgen -G ".cache/seccomp/docker-*.json" >/dev/null; then
	only_if_allowed "the profile in golang-github-docker-docker-dev"
	echo "setup.sh: fetching the seccomp profile of Debian's Docker" >&2
	# The lists of packages are missing, or older than what the sources still have.
	if ! fetch_profile >"$log" 2>&1 && ! { apt-get -q update && fetch_profile; } >"$log" 2>&1; then
		cat "$log" >&2
		[ "$(id -u)" != 0 ] || exit 1
		echo "setup.sh: not root, so it was not fetched, and what is compared with it is skipped" >&2
	fi
fi

# npm keeps no record of the lock file it installed from; this stamp inside the directory goes away with it.
stamp=node_modules/.lock-hash
hash=$(sha256sum package-lock.json)
if [ "$(cat $stamp 2>/dev/null || true)" != "$hash" ]; then
	only_if_allowed "what package-lock.json lists"
	echo "setup.sh: npm install" >&2
	# Not `npm ci`: that refuses a lock file which leaves out the optional packages of other platforms, as this one does.
	quietly npm install --no-save --no-progress
	echo "$hash" >$stamp
fi
