# A daemon of root that drops by itself: daemon.pl HOW. Prints what it holds then, what a program that it executes holds, and whether
# each of them reads root's secret: "daemon inheritable permitted effective ambient: refused".
use strict;
use warnings;
use Errno;

use constant { SETGROUPS => 116, SETRESUID => 117, SETRESGID => 119, CAPSET => 126, PRCTL => 157 };
use constant { KEEPCAPS => 8, CAPBSET_DROP => 24, NOBODY => -1 };

sub must { my ($what, $result) = @_; $result == 0 or print("$what: $!\n") }

sub say_state {
	my ($who) = @_;
	open(my $status, '<', '/proc/self/status') or die;
	my %sets = map { /^Cap(...):\s*0*([0-9a-f]+)$/ ? ($1 => $2) : () } <$status>;
	my $secret = open(my $shadow, '<', '/etc/shadow') ? 'READ' : 'refused';
	print "$who $sets{Inh} $sets{Prm} $sets{Eff} $sets{Amb}: $secret\n";
}

sub become_user {
	my ($gid) = pack('L', 1000);
	must('setgroups', syscall(SETGROUPS, 1, $gid));
	must('setresgid', syscall(SETRESGID, 1000, 1000, 1000));
	must('setresuid', syscall(SETRESUID, 1000, 1000, 1000));
}

sub set_capabilities {
	my ($permitted, $inheritable) = @_;
	my ($header, $data) = (pack('LL', 0x20080522, 0), pack('L6', $permitted, $permitted, $inheritable, 0, 0, 0));
	must('capset', syscall(CAPSET, $header, $data));
}

my %ways = (
	nothing => sub { },
	user => \&become_user,
	'user-keeping' => sub { must('keepcaps', syscall(PRCTL, KEEPCAPS, 1, 0, 0, 0)); become_user(); set_capabilities(1, 0) },
	capset => sub { set_capabilities(0, 0) },
	'bounding-user' => sub { syscall(PRCTL, CAPBSET_DROP, $_, 0, 0, 0) for 0 .. 40; become_user() },
	bounding => sub { syscall(PRCTL, CAPBSET_DROP, $_, 0, 0, 0) for 0 .. 40 },
	effective => sub { must('seteuid', syscall(SETRESUID, NOBODY, 1000, NOBODY)) },
);

$| = 1;
my ($way) = @ARGV;
if ($way eq 'executed') { say_state('executed'); exit }
$ways{$way}->();
say_state($way);
exec($^X, $0, 'executed');
