<?php
// PHP's PDO: a named prepared statement per prepare(), or values quoted into the text.

const BOOKS = 'SELECT id, author_id FROM book ORDER BY id LIMIT ';

function each_prepared($db, $n) {
	foreach ($db->query(BOOKS . $n)->fetchAll() as $book) {
		$author = $db->prepare('SELECT name FROM author WHERE id = ?');
		$author->execute([$book['author_id']]);
		$author->fetch();
	}
}

function prepared_once($db, $n) {
	$author = $db->prepare('SELECT name FROM author WHERE id = :id');
	foreach ($db->query(BOOKS . $n) as $book) {
		$author->execute(['id' => $book['author_id']]);
		$author->fetchAll();
	}
}

function prepared_once_fixed($db, $n) {
	$db->query("SELECT b.id, a.name FROM book b JOIN author a ON a.id = b.author_id
		ORDER BY b.id LIMIT $n")->fetchAll();
}

// Each value a text between quotes: id = '12'.
function emulated($db, $n) {
	$db->setAttribute(PDO::ATTR_EMULATE_PREPARES, true);
	each_prepared($db, $n);
}

function upserts($db, $n) {
	$upsert = $db->prepare('INSERT INTO entry VALUES (?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET note = EXCLUDED.note');
	$db->beginTransaction();
	for ($i = 1; $i <= $n; $i++)
		$upsert->execute([$i, $i, "note $i"]);
	$db->commit();
}

// A line per month: another range each time, of a table that is read once either way.
function months($db, $n) {
	$month = $db->prepare("SELECT count(*) FROM orders WHERE placed_on >= CAST(? AS date)
		AND placed_on < CAST(? AS date)");
	for ($i = 1; $i <= $n; $i++)
		$month->execute([sprintf('2021-%02d-01', $i), sprintf('2021-%02d-28', $i)]);
}

// Pages of a list, as the reader turns them.
function pages($db, $n) {
	for ($i = 0; $i < $n; $i++)
		$db->query('SELECT id, title FROM book ORDER BY id LIMIT 20 OFFSET ' . 20 * $i)->fetchAll();
}

// Six pages, each of one book and its author: too few look-ups in each.
function small_requests($db, $n) {
	for ($i = 0; $i < $n; $i++) {
		$db = connect();
		foreach ($db->query('SELECT id, author_id FROM book ORDER BY id LIMIT 3 OFFSET ' . 3 * $i)
				->fetchAll() as $book) {
			$author = $db->prepare('SELECT name FROM author WHERE id = ?');
			$author->execute([$book['author_id']]);
		}
		$author = null;
		$db = null;
	}
}

function connect() {
	$db = new PDO(sprintf('pgsql:host=%s;port=%s;dbname=%s;user=%s',
		getenv('PGHOST'), getenv('PGPORT'), getenv('PGDATABASE'), getenv('PGUSER')));
	$db->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);
	return $db;
}

function timed($scenario, $db, $n) {
	$begun = hrtime(true);
	$scenario($db, $n);
	return (hrtime(true) - $begun) / 1e6;
}

echo json_encode(get_defined_functions()['user']), "\n";
while (($line = fgets(STDIN)) !== false) {
	$request = json_decode($line);
	try {
		$db = connect();
		$times = [];
		// A new connection's first steps are in neither.
		if ($request->repeat)
			timed($request->scenario . '_fixed', $db, $request->n);
		for ($i = 0; $i < max($request->repeat, 1); $i++) {
			$turn = [timed($request->scenario, $db, $request->n)];
			if ($request->repeat)
				$turn[] = timed($request->scenario . '_fixed', $db, $request->n);
			$times[] = $turn;
		}
		$answer = ['times' => $times];
	} catch (Throwable $error) {
		$answer = ['error' => (string) $error];
	}
	$db = null;
	echo json_encode($answer), "\n";
}
