/**
 * The variables by which loaders, interpreters and common tools take code or configuration from files, or a program to start: a line
 * for each reason. What ld.so(8) and the C libraries leave out for set-user-ID programs, what sudo and su leave out, and what the
 * manuals of the tools name. A row with a colon is for values that hold a path alone.
 */
const table = `
code for the loader and the allocator = LD_* GLIBC_TUNABLES MALLOC_* _RJEM_MALLOC_CONF SEGFAULT_* PCPROFILE_*
code and tables for the C library = GCONV_PATH GETCONF_DIR LOCPATH MUSL_LOCPATH NLSPATH PATH_LOCALE NIS_PATH ARGP_HELP_FMT DATEMSK TZDIR
names of hosts = HOSTALIASES LOCALDOMAIN RES_OPTIONS RESOLV_* NSS_*
a path for the C library : TZ LANG LANGUAGE LC_* TERM
descriptions of terminals = TERMINFO TERMINFO_DIRS TERMCAP TERMPATH
code and options for shells = BASH_* BASHOPTS SHELLOPTS ENV CDPATH IFS FPATH NULLCMD READNULLCMD TMPPREFIX GLOBIGNORE PS0 PS1 PS2 PS4 PROMPT_COMMAND ZDOTDIR FCEDIT HISTFILE INPUTRC MAILPATH SHELL OLDPWD KSH_ENV YASH_* DASH_ENV
modules and options for Python = PYTHON* PIP_* CONDA_* GUNICORN_CMD_ARGS UWSGI_* FLASK_APP DJANGO_SETTINGS_MODULE MPLBACKEND MPLCONFIGDIR PYENV_*
modules and options for Perl = PERL* PAR_*
libraries and options for Ruby = RUBY* GEM_* BUNDLE_* BUNDLER_* IRBRC RBENV_*
modules and options for Node = NODE_OPTIONS NODE_PATH NODE_EXTRA_CA_CERTS NODE_REPL_* NODE_V8_* NODE_COMPILE_* NODE_ICU_DATA NODE_REDIRECT_* NODE_CHANNEL_* NPM_* npm_* YARN_* TS_NODE_* DENO_* BUN_* VOLTA_* FNM_*
agents, classes and options for Java = JAVA_TOOL_OPTIONS _JAVA_OPTIONS JDK_JAVA_OPTIONS JAVA_OPTS JAVA_OPTIONS IBM_JAVA_OPTIONS OPENJ9_JAVA_OPTIONS CLASSPATH CATALINA_OPTS MAVEN_* GRADLE_* ANT_*
configuration of PHP = PHPRC PHP_INI_* COMPOSER*
libraries and options for interpreters = LUA_* TCLLIBPATH TCL_* GUILE_* R_* ERL_* ELIXIR_* JULIA_* OCAML* DOTNET_* CORECLR_* COR_* MONO_* AWKPATH AWKLIBPATH RABBITMQ_CONF_ENV_FILE RABBITMQ_*_DIR RABBITMQ_*_ARGS ASDF_*
configuration of compilers and their kin = GOENV GOFLAGS GOPATH GODEBUG CARGO_* RUSTC* RUSTUP_* RUSTFLAGS CC CXX CPATH *_INCLUDE_PATH LIBRARY_PATH COMPILER_PATH GCC_* MAKEFLAGS MAKEFILES PKG_CONFIG*
programs and configuration of version control = GIT_* HGRCPATH HG SVN_* CVS_RSH RSYNC_*
agents and programs of ssh = SSH_*
configuration of downloads = CURL_* WGETRC SYSTEM_WGETRC NETRC
authorities and engines of TLS = SSL_CERT_* SSLKEYLOGFILE OPENSSL_* REQUESTS_CA_BUNDLE NIX_SSL_CERT_FILE GNUTLS_* PKCS11_* P11_*
configuration of directory services = KRB5* KRB* GSS_* SASL_* LDAPCONF LDAPRC LDAPTLS_*
directories of configuration = XDG_* DBUS_* XAUTHORITY XENVIRONMENT XAPPLRESDIR XFILESEARCHPATH XUSERFILESEARCHPATH
programs that others start = EDITOR VISUAL SUDO_* SYSTEMD_EDITOR PAGER *PAGER BROWSER LESS* VIM* EXINIT MYVIMRC EMACS* SCREENRC *_PASSWORD_COMMAND *_PASSCOMMAND *_ASKPASS *_RSH *_EDITOR DC_ENV_ARGS
keys and configuration of tools = GNUPGHOME GPG_* ANSIBLE_* TF_* HELM_* AWS_*_FILE AWS_CA_BUNDLE AZURE_CONFIG_DIR CLOUDSDK_* RCLONE_CONFIG* BOTO_* KUBECONFIG DOCKER_CONFIG DOCKER_CERT_PATH REGISTRY_AUTH_FILE CONTAINERS_*
configuration of databases' clients = PGPASSFILE PGSERVICE* PGSYSCONFDIR PGSSL* PSQLRC PSQL_* MYSQL_HOME MYSQL_TEST_LOGIN_FILE MARIADB_HOME SQLITE_HISTORY ODBC* REDISCLI_* LIBMYSQL_*
plug-ins and configuration of the kernel's tools = MODPROBE_OPTIONS XTABLES_LIBDIR IPTABLES_LIB_DIR TC_LIB_DIR LIBMOUNT_* BLKID_* LVM_SYSTEM_DIR MKE2FS_* E2FSCK_CONFIG WG_QUICK_* SYSTEMD_*_PATH
options of tools = TAR_OPTIONS GREP_OPTIONS GZIP BZIP BZIP2 XZ_OPT XZ_DEFAULTS UNZIP ZIPOPT POSIXLY_CORRECT DPKG_* APT_CONFIG RPM_* DEBCONF_*
modules of libraries = GTK_* GIO_* GDK_* GST_* QT_* GI_TYPELIB_PATH FONTCONFIG_* MAGICK_* GS_LIB GS_OPTIONS VK_* LIBGL_* *_PRELOAD *_PLUGIN_PATH *_MODULE_PATH *_LIBRARY_PATH SOFTHSM2_CONF MIBDIRS SNMPCONFPATH *_PLUGIN_DIR *_PLUGINS_DIR *_DRIVER_PATH *_DRIVERS_PATH
for the workload alone = LISTEN_* NOTIFY_SOCKET WATCHDOG_* MAINPID ABDICATE_* FAKEROOT* PROOT_*`;

/** Directories whose programs and files scripts take; fit for use while only root can change them. */
export const places: readonly string[] = ["JAVA_HOME", "JRE_HOME", "GOROOT", "VIRTUAL_ENV", "CATALINA_HOME", "CATALINA_BASE", "NVM_DIR"];

/** Where programs make files under names that others could know. */
export const temporaries: readonly string[] = ["TMPDIR", "TMP", "TEMP"];

interface Row {
	readonly why: string;
	readonly ofPaths: boolean;
	readonly names: readonly string[];
}

/** Each row of the table: why, and the names and patterns. */
export function shapedVariables(): readonly Row[] {
	return table
		.trim()
		.split("\n")
		.map((line) => {
			const [why = "", kind = "", names = ""] = line.split(/ ([=:]) /);
			return { why, ofPaths: kind === ":", names: names.split(" ") };
		});
}

let patterns: readonly (Row & { readonly pattern: RegExp })[] | undefined;

/** One expression for each row: trying some hundred patterns on each variable would cost more than the rest of the step. */
function compiled(): NonNullable<typeof patterns> {
	return shapedVariables().map((row) => ({ ...row, pattern: new RegExp(`^(?:${row.names.join("|").replaceAll("*", ".*")})$`, "s") }));
}

/** Europe/Berlin is looked for in the system's own directory, because TZDIR is gone. tzset(3) */
const zone = /^[A-Za-z0-9_+-]+(?:\/[A-Za-z0-9_+-]+)*$/;

/** Why a variable is not for a program that has more than the workload; `undefined` for one that it may have. */
export function whyTaken(name: string, value: string): string | undefined {
	if (/^\s*\(\)/.test(value)) {
		return "a function for shells";
	}
	if (name === "TZ" && zone.test(value)) {
		return undefined;
	}
	patterns ??= compiled();
	return patterns.find(({ pattern, ofPaths }) => pattern.test(name) && (!ofPaths || /[/%]/.test(value)))?.why;
}
