#!/usr/bin/perl
# Signals, children, pipes, sockets and sorting in perl.
use strict;
use warnings;
use IO::Socket::INET;
use POSIX qw(:sys_wait_h :signal_h);
use Time::HiRes qw(ualarm);

$| = 1;

# Handlers, perl's own and those by sigaction.
my %seen;
$SIG{$_} = sub { $seen{$_[0]}++ } for qw(USR1 SEGV FPE ABRT BUS);
kill $_ => $$ for qw(USR1 SEGV FPE ABRT BUS SEGV);
print join(' ', map {"$_=$seen{$_}"} sort keys %seen), "\n";
$SIG{SEGV} = 'IGNORE';
kill SEGV => $$;
print "ignored: $SIG{SEGV}\n";
$SIG{$_} = 'DEFAULT' for qw(USR1 SEGV FPE ABRT BUS);
my $old = POSIX::SigAction->new;
my $caught = 0;
sigaction(SIGSEGV, POSIX::SigAction->new(sub { $caught++ }, POSIX::SigSet->new(SIGUSR1), SA_NODEFER), $old);
kill SEGV => $$;
sigaction(SIGSEGV, $old);
print "caught $caught, before: ", $old->handler, "\n";

# A blocked signal waits.
my $set = POSIX::SigSet->new(SIGFPE);
my $pending = POSIX::SigSet->new;
sigprocmask(SIG_BLOCK, $set);
$SIG{FPE} = sub { print "now FPE\n" };
kill FPE => $$;
sigpending($pending);
print "pending: ", $pending->ismember(SIGFPE), "\n";
sigprocmask(SIG_UNBLOCK, $set);
$SIG{FPE} = 'DEFAULT';

# Children and how they end.
sub ends {
	my ($name, $code) = @_;
	my $child = fork;
	if ($child == 0) {
		$code->();
		POSIX::_exit(0);
	}
	waitpid $child, 0;
	print "$name: ", WIFSIGNALED($?) ? 'signal ' . WTERMSIG($?) : 'exit ' . WEXITSTATUS($?), "\n";
}

ends('exit', sub { POSIX::_exit(3) });
ends('abort', sub { POSIX::abort() });
ends('segv', sub { kill SEGV => $$ });
ends('raise', sub { POSIX::raise(SIGFPE) });
ends('handled', sub { $SIG{ABRT} = sub { POSIX::_exit(9) }; POSIX::abort() });
ends('exec', sub { exec '/bin/sh', '-c', 'exit 5' });
print "no child: ", waitpid(-1, WNOHANG), "\n";
print "output: ", `echo from the shell`;
print "system: ", system('/bin/sh', '-c', 'exit 4') >> 8, "\n";

# alarm interrupts a read.
pipe my $reader, my $writer or die;
eval {
	POSIX::sigaction(SIGALRM, POSIX::SigAction->new(sub { die "alarm\n" }));
	ualarm 10000;
	sysread $reader, my $byte, 1;
};
print "interrupted: $@";

# A server and its client.
my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1) or die;
if (fork == 0) {
	my $client = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $server->sockport);
	print $client "$_\n" for 1 .. 1000;
	POSIX::_exit(0);
}
my $connection = $server->accept;
my $sum = 0;
$sum += $_ while <$connection>;
wait;
print "sum $sum\n";
print join(' ', (sort { $b <=> $a } map { $_ * 7919 % 104729 } 1 .. 20000)[0 .. 4]), "\n";
print "done\n";
