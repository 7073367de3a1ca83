# Becomes a process that holds just the sets of its arguments (effective, permitted, inheritable, ambient, bounding, as masks), with a
# name and an effective user, and stays.
use strict;
use warnings;
no warnings 'portable';

my ($name, $uid, @masks) = @ARGV;
my ($e, $p, $i, $a, $b) = map { hex } @masks;
# A string would be passed by its address.
$uid += 0;
my ($capset, $prctl, $setresuid) = (126, 157, 117);

sub capset {
	my ($e, $p, $i) = @_;
	my $header = pack('L L', 0x20080522, 0);
	my $data = pack('L6', map { $_->($e), $_->($p), $_->($i) } sub { $_[0] & 0xffffffff }, sub { $_[0] >> 32 });
	syscall($capset, $header, $data) == 0 or die "capset: $!";
}

open my $status, '<', '/proc/self/status';
my ($whole) = map { /^CapPrm:\t(\w+)/ ? hex $1 : () } <$status>;
close $status;
for my $each (0 .. 40) {
	$b >> $each & 1 or syscall($prctl, 24, $each, 0, 0, 0) == 0 or die "bounding: $!";
}
syscall($prctl, 28, 4, 0, 0, 0) == 0 or die "securebits: $!";
capset($whole, $whole, $i);
for my $each (0 .. 40) {
	$a >> $each & 1 and (syscall($prctl, 47, 2, $each, 0, 0) == 0 or die "ambient: $!");
}
$uid and (syscall($setresuid, -1, $uid, -1) == 0 or die "setresuid: $!");
syscall($prctl, 15, $name, 0, 0, 0);
capset($e, $p, $i);
$| = 1;
print "$$\n";
sleep 600;
