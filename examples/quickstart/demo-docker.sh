#!/usr/bin/env bash
# Builds the quickstart image and runs it: the same as demo.sh, in a container. Uses the Docker that answers, or starts one.
set -euo pipefail
cd "$(dirname "$0")/../.."
scripts/setup.sh test

work=$(mktemp -d)
container=
daemon=
clean_up() {
	[[ -z $container ]] || docker rm --force --volumes "$container" >/dev/null
	[[ -z $daemon ]] || { kill "$daemon" && wait "$daemon" || true; }
	rm -rf "$work"
}
trap clean_up EXIT

if ! docker version >/dev/null 2>&1; then
	export DOCKER_HOST=unix://$work/docker.sock
	dockerd --storage-driver=overlay2 --iptables=false --ip6tables=false --bridge=none --data-root "$PWD/.cache/demo-docker" \
		--exec-root "$work/exec" --pidfile "$work/docker.pid" -H "$DOCKER_HOST" >"$work/log" 2>&1 &
	daemon=$!
	for _ in $(seq 100); do docker version >/dev/null 2>&1 && break; sleep 0.1; done
fi

base=abdicate-demo/base:2
if [[ -z $(docker images --quiet $base) ]]; then
	debootstrap --variant=minbase --include=sshfs,openssh-sftp-server,fuse3,gcc,libc6-dev bookworm "$work/root" >"$work/debootstrap.log"
	tar -C "$work/root" --numeric-owner -c . | docker import - $base >/dev/null
fi
export DOCKER_BUILDKIT=0
# What the Dockerfile of the top level makes, of the binary that make has built here.
tar -C dist -c abdicate | docker import - abdicate-demo/abdicate >/dev/null
docker build --quiet --network none --build-arg ABDICATE=abdicate-demo/abdicate --build-arg COMPILER=$base --build-arg BASE=$base \
	--tag abdicate-demo/quickstart examples/quickstart >/dev/null
container=$(docker run --detach --network none --sysctl net.ipv4.ip_unprivileged_port_start=1024 --cap-add SYS_ADMIN --device /dev/fuse abdicate-demo/quickstart)

ask() { docker exec "$container" bash -c 'exec 3<>/dev/tcp/127.0.0.1/80 && cat <&3'; }
answer=
for _ in $(seq 100); do
	answer=$(ask 2>/dev/null) && [[ -n $answer ]] && break
	sleep 0.1
done
docker logs "$container"
[[ -n $answer ]] || { echo "the server did not answer" >&2; exit 1; }
before=$(docker run --rm --network none --cap-add SYS_ADMIN --entrypoint cat abdicate-demo/quickstart /proc/self/status)
examples/quickstart/table.sh "$before" "$answer"
