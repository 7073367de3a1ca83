const wholeFiles = `
user: app
command: {default: [redis-server]}
command: {default: [redis-server], prepend_if: ["-*", "*.conf"]}
command: {setup_only_for: [nginx, php-fpm*]}
command: {skip_setup_if: [--help, --version]}
groups: {from_user: false}
groups: {keep_runtime: false}
groups: {add: [video, 44]}
groups: {from_path: /var/run/docker.sock}
groups: {add: [root], allow_root_group: true}
home: /home/app
workdir: /srv/app
env: {set: {TZ: UTC}}
env: {default: {PORT: "8080"}}
env: {from_file: [DB_PASSWORD]}
env: {unset: ["AWS_*"]}
env: {clear: true, set: {PATH: /usr/bin}}
capabilities: {keep: [NET_BIND_SERVICE]}
capabilities: {keep_if_present: [NET_RAW]}
capabilities: {keep: ALL, drop: [SYS_ADMIN]}
capabilities:
  sets:
    bounding: [NET_RAW]
    permitted: [NET_RAW]
    effective: [NET_RAW]
    inheritable: [NET_RAW]
    ambient: [NET_RAW]
no_new_privileges: false
securebits: [noroot, noroot_locked]
stdio: keep
fds: inherit
when_unprivileged: fail
limits: {cpu: 3600}
limits: {fsize: 1073741824}
limits: {data: unlimited}
limits: {stack: "8388608:unlimited"}
limits: {core: 0}
limits: {rss: unlimited}
limits: {nproc: 512}
limits: {nofile: "1024:65536"}
limits: {memlock: unlimited}
limits: {as: 4294967296}
limits: {locks: unlimited}
limits: {sigpending: 1024}
limits: {msgqueue: 819200}
limits: {nice: 30}
limits: {rtprio: 50}
limits: {rttime: 200000}
oom_score_adj: 500
nice: 5
umask: "0027"
umask: {if_default: "0077"}
session_keyring: new
init: true
init: {signals: {TERM: QUIT}}
init: {exit_codes: {143: 0}}
init: {group: true}
init: {subreaper: auto}
init: {grace: 5s}
init: {daemons: terminate}
landlock: {read: /app}
landlock: {execute: [/usr/bin, /opt/app/bin]}
landlock: {write: [/data, /dev/net/tun]}
landlock: {connect: [5432]}
landlock: {bind: [80, 443]}
landlock: {scope: [signals, abstract_sockets]}
landlock: {read: [/app], write: [/data], bind: [8080], minimum: 1}
landlock: {execute: [/app], base: none}
cgroup: {pids: 200, memory: 512M, cpu: 1.5}
cgroup: {pids: 200, cpu: 150%}
cgroup: {io: [{device: /dev/sda, read_bps: 10M, write_bps: 10M, read_iops: 500, write_iops: 200}]}
confine: docker-default
paths: docker-default
paths: {masked: [/proc/cmdline, /run/secrets]}
paths: {read_only: [/opt/app]}
paths: {except: /host/proc}
namespaces: [mount, ipc, uts]
devices: docker-default
devices: [/dev/net/tun, {path: /dev/sda, access: r}]
parent_death_signal: TERM
seccomp: docker-default
seccomp: {profile: docker-default, allow: [browser]}
seccomp: {profile: docker-default, deny: [keyctl, ptrace]}
seccomp: {profile: /etc/seccomp.json, architectures: [native]}
seccomp: {profile: docker-default, action: log}
apparmor: app-profile
selinux: app_t
selinux: {type: app_t, level: "s0:c1,c2"}
selinux: {user: system_u, role: system_r}
`;

const entriesOfSetup = `
own: /data
  name: the volume
own: /data
  when: {env: {OWN_DATA: yes}}
own: /data
  when: {unset: KEEP_OWNER}
own: /data
  when: {exists: /data/db}
own: /data
  when: {command: postgres}
own: /data
  when: {held: CHOWN}
sysctl: {vm.overcommit_memory: "1"}
  on_error: warn
mkdir: /run/app
mkdir: {path: [/run/app, /run/lock/app]}
mkdir: {path: /run/app, mode: "0750"}
mkdir: {path: /srv/www, owner: root, group: www-data}
mkdir: {path: /run/app/cache, parents_mode: "0711"}
own: /data
own: {path: [/data, /srv/app-*]}
own: {path: /data, owner: app, group: login}
own: {path: /data, policy: if-root-differs}
own: {path: /data, only_if_contents: [PG_VERSION, "pg_*"]}
own: {path: /data, modes: {dirs: "0750", files: "0640"}}
own: {path: /data, exclude: [lost+found]}
own: {path: /data, cross_mounts: true}
own: {path: /data, hard_links: change}
own: {path: /data, max_depth: 10}
chmod: {path: /dev/ttyUSB*, mode: g+rw}
chmod: {path: /srv, dirs: "0755", files: "0644", recursive: true}
chmod: {path: /srv, mode: go-w, recursive: true}
chmod: {path: /srv, mode: go-w, recursive: true, exclude: [upload]}
chmod: {path: /srv, mode: go-w, recursive: true, cross_mounts: true}
chmod: {path: /srv, mode: go-w, hard_links: change}
chmod: {path: /srv, mode: go-w, recursive: true, max_depth: 10}
remove: /run/app/*.sock
remove: {path: [/run/app/*.sock, /run/app/*.pid]}
remove: {path: /run/app/*.pid, older_than_boot: true}
remove: {path: /data/cache, recursive: true}
file: {path: /etc/app.conf, content: listen 80}
file: {path: /etc/app.conf, template: /etc/app.tmpl, vars: [HOST, APP_*]}
file: {path: /etc/app.json, from_env: APP_JSON}
file: {path: /etc/app.conf, from: /defaults/app.conf}
file: {path: /etc/hosts, append_line: 10.0.0.1 db}
file: {path: /etc/app.conf, content: listen 80, mode: "0640"}
file: {path: /etc/app.conf, content: listen 80, owner: root, group: app}
file: {path: /data/app.conf, content: listen 80, if: absent}
secret: {from: {env: DB_PASSWORD}, path: /run/app/db}
secret: {from: {env: DB_PASSWORD}, path: /run/app/db, env: DB_PASSWORD_PATH}
secret: {from: {file: /run/secrets/key}, path: /run/app/key}
secret: {from: {file: /run/secrets/key}, path: /run/app/key, newline: keep}
secret: {from: {env: TOKEN}, path: /run/app/token, owner: root, group: app, mode: "0440"}
secret: {from: {env: TOKEN}, path: /data/token, on_disk: allow}
link: {path: /etc/app, to: /data/conf}
copy: {from: /defaults, to: /data}
copy: {from: /defaults, to: /data, if: entry-absent}
copy: {from: /defaults, to: /data, owner: root, group: app}
copy: {from: /defaults, to: /data, exclude: ["*.sample"]}
copy: {from: /defaults, to: /data, ignore: [.cache]}
copy: {from: /defaults, to: /data, keep: [acl, xattrs]}
copy: {from: /defaults, to: /data, lock_timeout: 10m}
listen: {tcp: 80}
listen: {tcp: [80, "[::1]:8080"], name: http}
listen: {udp: 53}
listen: {unix: /run/app.sock}
listen: {unix: /run/app.sock, owner: app, group: www-data, mode: "0660"}
listen: {tcp: 80, backlog: 4096}
listen: {tcp: 80, reuse_port: true}
listen: {tcp: "[::]:80", v6only: true}
listen: {tcp: 80, env: {HTTP_FD: "{fd}"}}
mount: {type: tmpfs, target: /run/app}
mount: {type: tmpfs, target: /run/app, options: size=10m}
mount: {type: bind, source: /srv/a, target: /srv/b}
mount: {type: bind, source: /srv/a, target: /srv/b, recursive: false}
mount: {type: nfs, source: "server:/export", target: /mnt, stale: fail}
mount: {type: squashfs, source: /srv/image.squashfs, target: /mnt, loop: true}
mount: {type: ext4, source: /srv/disk.img, target: /mnt, loop: true, offset: 1M}
mount: {type: ext4, source: /srv/disk.img, target: /mnt, loop: true, offset: 1M, size: 64M}
mount: {type: vfat, source: /srv/disk.img, target: /mnt, loop: true, partition: 1, options: ro}
mount: {type: bind, source: /srv/a, target: /srv/b, idmap: target}
fuse: {target: /mnt, command: [sshfs, -f, "host:/dir", "{mountpoint}"]}
fuse: {target: /mnt, command: [sshfs, -f, "host:/dir", "{mountpoint}"], source: host}
fuse: {target: /mnt, command: [sshfs, -f, "host:/dir", "{mountpoint}"], options: max_read=131072}
fuse: {target: /mnt, command: [sshfs, -f, "host:/dir", "{mountpoint}"], allow_other: true}
fuse: {target: /mnt, command: [sshfs, -f, "host:/dir", "{mountpoint}"], hand_over: fusermount}
fuse: {target: /mnt, command: [sshfs, -f, "host:/dir", "{mountpoint}"], ready_timeout: 30s}
fuse: {target: /mnt, command: [sshfs, -f, "host:/dir", "{mountpoint}"], user: sshfs}
fuse: {target: /mnt, command: [sshfs, -f, "host:/dir", "{mountpoint}"], env: {SSH_AUTH_SOCK: /run/agent}}
run: [ldconfig]
run: {command: [migrate, --quiet]}
run: {command: [migrate], user: target}
run: {command: [initdb], creates: /data/PG_VERSION}
run: {command: [ip, link, set, lo, up], capabilities: [NET_ADMIN]}
run: {command: [migrate], env: {STAGE: setup}}
run: {command: [migrate], timeout: 5m}
run: {command: [migrate], cwd: /srv}
run: {command: [migrate], output: discard}
run: {command: [crond], background: true}
run: {command: [agent], background: true, ready: {tcp: "127.0.0.1:8125"}}
run: {command: [agent], background: true, ready: {unix: /run/agent.sock}}
run: {command: [agent], background: true, ready: {file: /run/agent.ready}}
run: {command: [agent], background: true, ready: {http: "http://localhost:8125/ready"}}
run: {command: [agent], background: true, ready: {http: "http://localhost:8125/ready", status: [2xx, 401]}}
hooks: /docker-entrypoint.d
hooks: {directory: /docker-entrypoint.d}
hooks: {directory: /docker-entrypoint.d, user: root}
hooks: {directory: /docker-entrypoint.d, user: root, capabilities: [CHOWN]}
hooks: {directory: /docker-entrypoint.d, env: {STAGE: setup}}
hooks: {directory: /docker-entrypoint.d, pattern: "*.sh"}
hooks: {directory: /docker-entrypoint.d, timeout: 5m}
hooks: {directory: /docker-entrypoint.d, output: discard}
device: /dev/fuse
device: {path: /dev/fuse}
device: {path: /dev/kvm, access: r}
device: {path: /dev/kvm, user: qemu}
device: {path: /dev/net/tun, major: 10, minor: 200}
device: {path: /dev/loop0, major: 7, minor: 0, type: b}
device: {path: /dev/net/tun, major: 10, minor: 200, owner: root, group: app, mode: "0660"}
require: {device: /dev/fuse}
require: {device: /dev/kvm, access: r}
require: {sysctl: {vm.overcommit_memory: "1"}}
require: {sysctl: {vm.max_map_count: {at_least: 262144}}}
require: {capability: NET_ADMIN}
require: {mount: /data}
require: {writable: /data}
require: {module: wireguard}
require: {env: [DB_HOST]}
require: {env_unset: ["OLD_*"]}
require: {mount: /data, message: see the README}
hostname: web-1
hostname: {name: web-1}
sysctl: {net.ipv4.ip_forward: "1"}
sysctl: {net.core.somaxconn: {at_least: 4096}}
ca_certificates: {bundle: /run/app/ca.pem}
ca_certificates: {bundle: /run/app/ca.pem, extra: {paths: /etc/extra-ca}}
ca_certificates: {bundle: /run/app/ca.pem, extra: {env: EXTRA_CA}}
ca_certificates: {bundle: /run/app/ca.pem, system: none}
ca_certificates: {bundle: /run/app/ca.pem, export: [SSL_CERT_FILE]}
wait_for: {tcp: "db:5432"}
wait_for: {unix: /run/db.sock}
wait_for: {file: /run/ready}
wait_for: {http: "http://api:8080/health"}
wait_for: {http: "http://api:8080/health", status: [2xx, 401]}
wait_for: {tcp: "db:5432", timeout: 2m}
wait_for: {tcp: "db:5432", interval: 1s}
`;

/** Files that the configuration's own schema accepts. A key is explained by the shortest in which it stands; the tests want one for every key. */
export const examples: readonly string[] = [
	...each(wholeFiles),
	...each(entriesOfSetup).map((entry) => `setup:\n  - ${entry.replaceAll("\n", "\n  ")}`),
];

/** What is indented belongs to the line above. */
function each(texts: string): string[] {
	return texts.trim().split(/\n(?=\S)/);
}
