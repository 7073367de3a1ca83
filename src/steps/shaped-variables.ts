import { matchesAny } from "../sys/pattern.ts";

interface Row {
	/** Names and patterns, blanks between. */
	readonly names: string;
	readonly why: string;
	/** Which values do harm; all unless given. */
	readonly values?: RegExp;
}

/** A value that names a file, or that programs expand. */
const path = /[/%]/;

/**
 * The variables by which loaders, interpreters and common tools take code or configuration from files, or a program to start. What
 * ld.so(8) and the C libraries leave out for set-user-ID programs, what sudo and su leave out, and what the manuals of the tools name.
 */
const rows: readonly Row[] = [
	{ names: "LD_* _RLD* GLIBC_TUNABLES MALLOC_* _RJEM_MALLOC_CONF SEGFAULT_* PCPROFILE_* DYLD_*", why: "loader and allocator: code" },
	{ names: "GCONV_PATH GETCONF_DIR LOCPATH NLSPATH NIS_PATH ARGP_HELP_FMT MUSL_LOCPATH", why: "C library: code and tables" },
	{ names: "HOSTALIASES LOCALDOMAIN RES_OPTIONS RESOLV_* RESOLVER_* NSS_*", why: "C library: names of hosts" },
	{ names: "TZ TZDIR DATEMSK ZONEINFO", why: "C library: files of time zones", values: path },
	{ names: "LANG LANGUAGE LC_*", why: "C library: a locale by its path", values: path },
	{ names: "TERM COLORTERM", why: "terminal descriptions by their path", values: path },
	{ names: "TERMINFO TERMINFO_DIRS TERMCAP TERMPATH", why: "terminal descriptions" },
	{ names: "*", why: "a function for a shell", values: /^\s*\(\)/ },
	{
		names: "BASH_* BASHOPTS SHELLOPTS ENV CDPATH IFS FPATH GLOBIGNORE PS0 PS1 PS2 PS4 PROMPT_COMMAND HISTFILE",
		why: "shells: code and options",
	},
	{ names: "ZDOTDIR KSH_* FCEDIT HISTCONTROL INPUTRC SHELL", why: "shells: rc files and programs" },
	{ names: "PYTHON* PIP_* CONDA_* PIPENV_* POETRY_* UV_*", why: "Python: modules and configuration" },
	{ names: "PERL* PAR_*", why: "Perl: modules and options" },
	{ names: "RUBY* GEM_* BUNDLE_* BUNDLER_* RAKE* IRBRC", why: "Ruby: libraries and options" },
	{
		names:
			"NODE_OPTIONS NODE_PATH NODE_EXTRA_CA_CERTS NODE_REPL_* NODE_V8_* NODE_COMPILE_* NODE_ICU_DATA NODE_REDIRECT_* NODE_CHANNEL_* NPM_* npm_* YARN_* COREPACK_* TS_NODE_* DENO_* BUN_*",
		why: "Node and its kin: modules and options",
	},
	{ names: "JAVA_TOOL_OPTIONS _JAVA_OPTIONS JDK_JAVA_OPTIONS JAVA_OPTS JAVA_OPTIONS CLASSPATH", why: "Java: agents, classes, options" },
	{ names: "MAVEN_* GRADLE_* ANT_* SBT_* CATALINA_OPTS IBM_JAVA_OPTIONS OPENJ9_JAVA_OPTIONS", why: "Java's tools: options" },
	{ names: "PHPRC PHP_INI_* COMPOSER*", why: "PHP: configuration" },
	{ names: "LUA_* LUAJIT_*", why: "Lua: modules" },
	{
		names: "TCLLIBPATH TCL_* TK_LIBRARY EXPECT_* GUILE_* R_* RSCRIPT_* ERL_* ELIXIR_* JULIA_* OCAML* CAML* GHC*",
		why: "other interpreters: libraries and options",
	},
	{ names: "DOTNET_* CORECLR_* COR_* COMPlus_* MONO_* POWERSHELL_* PSModulePath", why: ".NET: start-up hooks and profilers" },
	{
		names: "GO111MODULE GOENV GOFLAGS GOPATH GOPROXY GODEBUG CARGO_* RUSTC* RUSTUP_* RUSTFLAGS",
		why: "Go and Rust: tools and configuration",
	},
	{
		names: "CC CXX CPP CFLAGS CPATH *_INCLUDE_PATH LIBRARY_PATH COMPILER_PATH GCC_* MAKEFLAGS MAKEFILES CMAKE_* PKG_CONFIG*",
		why: "compilers and make: programs and files",
	},
	{ names: "GIT_* HGRCPATH HG SVN_* CVS_RSH RSYNC_*", why: "version control: programs and configuration" },
	{ names: "SSH_* SSLKEYLOGFILE", why: "ssh: agents and programs" },
	{ names: "CURL_* WGETRC SYSTEM_WGETRC NETRC", why: "downloads: configuration" },
	{
		names: "SSL_CERT_* OPENSSL_* REQUESTS_CA_BUNDLE NIX_SSL_CERT_FILE GNUTLS_* PKCS11_* P11_*",
		why: "TLS: authorities, engines, configuration",
	},
	{ names: "KRB5* KRB* GSS_* SASL_* LDAPCONF LDAPRC LDAPTLS_*", why: "directory services: configuration" },
	{
		names: "XDG_* DBUS_* XAUTHORITY XENVIRONMENT XAPPLRESDIR XFILESEARCHPATH XUSERFILESEARCHPATH XLOCALEDIR",
		why: "desktop: directories of configuration",
	},
	{
		names: "EDITOR VISUAL SUDO_* SYSTEMD_EDITOR PAGER MANPAGER *_PAGER BROWSER LESS* MORE VIMINIT EXINIT MYVIMRC VIM NANORC",
		why: "programs that others start",
	},
	{ names: "GNUPGHOME GPG_* PINENTRY_* PASSWORD_STORE_* ANSIBLE_* TF_* HELM_*", why: "keys and provisioning: configuration" },
	{
		names:
			"PGPASSFILE PGSERVICE* PGSYSCONFDIR PGSSL* PSQLRC PSQL_* MYSQL_HOME MYSQL_TEST_LOGIN_FILE MARIADB_HOME SQLITE_HISTORY ODBC* REDISCLI_*",
		why: "database clients: configuration",
	},
	{
		names:
			"AWS_*_FILE AWS_CA_BUNDLE AZURE_CONFIG_DIR CLOUDSDK_* BOTO_* KUBECONFIG DOCKER_CONFIG DOCKER_CERT_PATH REGISTRY_AUTH_FILE CONTAINERS_*",
		why: "cloud clients: configuration",
	},
	{
		names: "TAR_OPTIONS GREP_OPTIONS GZIP BZIP BZIP2 XZ_OPT XZ_DEFAULTS ZSTD_* UNZIP ZIPOPT POSIXLY_CORRECT DIFF_OPTIONS",
		why: "tools: options",
	},
	{ names: "DPKG_* APT_CONFIG RPM_* DEBCONF_*", why: "package managers: roots and configuration" },
	{
		names:
			"GTK_* GIO_* GDK_* GST_* QT_* QML* GI_TYPELIB_PATH GSETTINGS_* FONTCONFIG_* MAGICK_* GS_LIB GS_OPTIONS VK_* LIBGL_* MESA_* LIBVA_*",
		why: "libraries: modules",
	},
	{ names: "*_PRELOAD *_PLUGIN_PATH *_MODULE_PATH *_LIBRARY_PATH", why: "libraries and plug-ins of other programs" },
	{
		names: "LISTEN_PID LISTEN_FDS LISTEN_FDNAMES LISTEN_PIDFDID NOTIFY_SOCKET WATCHDOG_* MAINPID",
		why: "for the workload, not for this program",
	},
	{ names: "ABDICATE_* FAKEROOT* PROOT_* OLDPWD MAILPATH", why: "of whom the start came from" },
];

/** Directories whose programs and files scripts take; fit for use while only root can change them. */
export const places: readonly string[] = ["JAVA_HOME", "JRE_HOME", "GOROOT", "VIRTUAL_ENV", "CATALINA_HOME", "CATALINA_BASE", "NVM_DIR"];

/** Where programs make files under names that others could know. */
export const temporaries: readonly string[] = ["TMPDIR", "TMP", "TEMP"];

let patterns: readonly (Row & { readonly list: readonly string[] })[] | undefined;

/** Why a variable is not for a program that has more than the workload; `undefined` for one that it may have. */
export function whyTaken(name: string, value: string): string | undefined {
	patterns ??= rows.map((row) => ({ ...row, list: row.names.split(" ") }));
	return patterns.find(({ list, values }) => matchesAny(name, list) && (values?.test(value) ?? true))?.why;
}
