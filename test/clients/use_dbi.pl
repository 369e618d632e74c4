#!/usr/bin/perl
# Perl's DBI with DBD::Pg: parameters, a named prepared statement from the second
# execution of a handle on; and DBIx::Class above it.
use strict;
use warnings;
use DBI;
use JSON::PP;
use Time::HiRes qw(time);

package Shop::Author;
use base 'DBIx::Class::Core';
__PACKAGE__->table('author');
__PACKAGE__->add_columns(qw(id name email));
__PACKAGE__->set_primary_key('id');
__PACKAGE__->has_many(books => 'Shop::Book', 'author_id');

package Shop::Book;
use base 'DBIx::Class::Core';
__PACKAGE__->table('book');
__PACKAGE__->add_columns(qw(id title pages author_id publisher_id));
__PACKAGE__->set_primary_key('id');
__PACKAGE__->belongs_to(author => 'Shop::Author', 'author_id');

package Shop;
use base 'DBIx::Class::Schema';
__PACKAGE__->register_class(Author => 'Shop::Author');
__PACKAGE__->register_class(Book => 'Shop::Book');

package main;

my %scenarios = (
	selectrow => sub {
		my ($db, $n) = @_;
		my $books =
			$db->selectall_arrayref('SELECT id, author_id FROM book ORDER BY id LIMIT ?', undef, $n);
		$db->selectrow_array('SELECT name FROM author WHERE id = ?', undef, $_->[1]) for @$books;
	},
	prepared => sub {
		my ($db, $n) = @_;
		my $books = $db->prepare('SELECT id, author_id FROM book ORDER BY id LIMIT ?');
		my $author = $db->prepare('SELECT name FROM author WHERE id = ?');
		$books->execute($n);
		while (my ($id, $author_id) = $books->fetchrow_array) {
			$author->execute($author_id);
			$author->fetchrow_array;
		}
	},
	prepared_fixed => sub {
		my ($db, $n) = @_;
		$db->selectall_arrayref('SELECT b.id, a.name FROM book b JOIN author a ON a.id = b.author_id
			ORDER BY b.id LIMIT ?', undef, $n);
	},
	function_call => sub {
		my ($db, $n) = @_;
		my $orders = $db->selectcol_arrayref("SELECT id FROM orders ORDER BY placed_on, id LIMIT $n");
		my $total = $db->prepare('SELECT order_total(?)');
		$db->selectrow_array($total, undef, $_) for @$orders;
	},
	lazy_author => sub {
		my ($db, $n) = @_;
		my $shop = Shop->connect(sub { $db });
		$_->author->name for $shop->resultset('Book')->search({}, {order_by => 'id', rows => $n})->all;
	},
	lazy_books => sub {
		my ($db, $n) = @_;
		my $shop = Shop->connect(sub { $db });
		$_->books->all
			for $shop->resultset('Author')->search({}, {order_by => 'id', rows => $n})->all;
	},
	prefetch => sub {
		my ($db, $n) = @_;
		my $shop = Shop->connect(sub { $db });
		$_->author->name for $shop->resultset('Book')
			->search({}, {order_by => 'me.id', rows => $n, prefetch => 'author'})->all;
	},
	delete_rows => sub {
		my ($db, $n) = @_;
		my $jobs = $db->selectcol_arrayref("SELECT id FROM job WHERE state = 'new' ORDER BY id LIMIT $n");
		$db->do('DELETE FROM job WHERE id = ?', undef, $_) for @$jobs;
	},
	lock_and_update => sub {
		my ($db, $n) = @_;
		$db->begin_work;
		my $jobs = $db->selectcol_arrayref("SELECT id FROM job WHERE state = 'new' ORDER BY id LIMIT $n");
		for my $job (@$jobs) {
			$db->selectrow_array('SELECT book_id FROM job WHERE id = ? FOR UPDATE', undef, $job);
			$db->do("UPDATE job SET state = 'done' WHERE id = ?", undef, $job);
		}
		$db->commit;
	},
);

$| = 1;
print encode_json([keys %scenarios]), "\n";
while (<STDIN>) {
	my $request = decode_json($_);
	my $times = eval {
		my $db = DBI->connect('dbi:Pg:', undef, undef, {RaiseError => 1, PrintError => 0});
		my $timed = sub {
			my $begun = time;
			$scenarios{$_[0]}->($db, $request->{n});
			1000 * (time - $begun);
		};
		my $name = $request->{scenario};
		# a new connection's first steps are in neither
		$timed->("${name}_fixed") if $request->{repeat};
		my @times = map {
			[$timed->($name), $request->{repeat} ? $timed->("${name}_fixed") : ()]
		} 1 .. ($request->{repeat} || 1);
		$db->disconnect;
		\@times;
	};
	print encode_json($times ? {times => $times} : {error => "$@"}), "\n";
}
