/** What it can do, an option a line. */
export function helpText(name: string): string {
	return `usage: ${name} [ARGUMENT...], each done in its turn

changes:
  --user=NAME        uid, gid and groups of an account, HOME and USER
  --noenv            HOME and USER stay
  --uid=N            setuid(2): groups and gid stay
  --cap-uid=N        the same, and what is permitted stays
  --gid=N            setgid(2)
  --groups=G,...     the supplementary groups, by name or number; none when empty
  --drop=CAP,...     from the bounding set; all
  --inh=CAP,...      these alone inheritable; none when empty
  --caps=TEXT        effective, inheritable and permitted: cap_kill=eip, =
  --iab=TEXT         inheritable, ambient, bounding: !cap_chown,^cap_kill
  --addamb=CAP,...   ambient too; all
  --delamb=CAP,...   ambient no more; all
  --noamb            none ambient
  --keep=0|1         whether a change of the uid keeps what is permitted
  --secbits=N        the securebits
  --mode=MODE        a mode of libcap's
  --no-new-privs     no exec gains anything
  --chroot=PATH      another root directory
  --strict           from here on nothing is raised for --caps, --drop and --inh; or again

questions, which end in 1 when it is not so:
  --has-p=CAP, --has-i=CAP, --has-a=CAP, --has-b=CAP
                     permitted, inheritable, ambient, in the bounding set
  --has-ambient      the kernel has an ambient set
  --has-no-new-privs
  --is-uid=N, --is-gid=N
  --inmode=MODE
  --supports=CAP     the kernel knows it

output:
  --print, --current, --mode, --modes
  --decode=MASK      the names of a mask
  --explain=CAP      what it allows
  --suggest=TEXT     those whose name or explanation has the text in it
  --license, --help, -h

what runs:
  --shell=PATH       instead of /bin/bash
  --                 the shell, with all that follows as its arguments
  -+                 the same, waited for
  ==, =+             this program again, with all that follows
  --forkfor=N        a child that lives for N seconds
  --killit=N         a signal for it, by which it has to end
  --quiet            nothing; libcap's capsh checks its own age without it
Without one of -- -+ == =+ nothing runs.
`;
}
