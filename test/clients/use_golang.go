// Go's database/sql with lib/pq: text without parameters by the simple protocol, with
// parameters by an unnamed statement that is described first.
package main

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"

	_ "github.com/lib/pq"
)

type author struct{ book, id int }

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func books(db *sql.DB, n int) (all []author) {
	rows, err := db.Query("SELECT id, author_id FROM book ORDER BY id LIMIT $1", n)
	check(err)
	defer rows.Close()
	for rows.Next() {
		var one author
		check(rows.Scan(&one.book, &one.id))
		all = append(all, one)
	}
	return all
}

func name(db *sql.DB, id int) (name string) {
	check(db.QueryRow("SELECT name FROM author WHERE id = $1", id).Scan(&name))
	return name
}

func queryRow(db *sql.DB, n int) {
	for _, one := range books(db, n) {
		name(db, one.id)
	}
}

func queryRowFixed(db *sql.DB, n int) {
	rows, err := db.Query("SELECT b.id, a.name FROM book b JOIN author a ON a.id = b.author_id"+
		" ORDER BY b.id LIMIT $1", n)
	check(err)
	defer rows.Close()
	for rows.Next() {
	}
}

// The parent's connection is busy with its rows: the look-ups take another one.
func openRows(db *sql.DB, n int) {
	rows, err := db.Query(fmt.Sprintf("SELECT id, author_id FROM book ORDER BY id LIMIT %d", n))
	check(err)
	defer rows.Close()
	for rows.Next() {
		var one author
		check(rows.Scan(&one.book, &one.id))
		name(db, one.id)
	}
}

// Four goroutines, each with a connection, and one statement prepared on all of them.
func goroutines(db *sql.DB, n int) {
	statement, err := db.Prepare("SELECT name FROM author WHERE id = $1")
	check(err)
	defer statement.Close()
	work := make(chan int)
	var all sync.WaitGroup
	for i := 0; i < 4; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for id := range work {
				var name string
				check(statement.QueryRow(id).Scan(&name))
			}
		}()
	}
	for _, one := range books(db, n) {
		work <- one.id
	}
	close(work)
	all.Wait()
}

// Two at once, each with the same loop over the same rows.
func twoAtOnce(db *sql.DB, n int) {
	var both sync.WaitGroup
	for i := 0; i < 2; i++ {
		both.Add(1)
		go func() {
			defer both.Done()
			queryRow(db, n)
		}()
	}
	both.Wait()
}

func savepoints(db *sql.DB, n int) {
	tx, err := db.Begin()
	check(err)
	for i := 1; i <= n; i++ {
		_, err = tx.Exec("SAVEPOINT entry")
		check(err)
		_, err = tx.Exec("INSERT INTO entry VALUES ($1, $2, $3)", i, i, "note")
		check(err)
		_, err = tx.Exec("RELEASE SAVEPOINT entry")
		check(err)
	}
	check(tx.Commit())
}

// What a type-ahead field asks for, a letter more each time.
func typeAhead(db *sql.DB, n int) {
	for i := 0; i < n; i++ {
		rows, err := db.Query("SELECT id, name FROM author WHERE name LIKE $1 ORDER BY name LIMIT 10",
			fmt.Sprintf("author %d%%", i))
		check(err)
		for rows.Next() {
		}
		rows.Close()
	}
}

// Whether the connection is well is asked before each use of it.
func pings(db *sql.DB, n int) {
	for _, one := range books(db, n) {
		_, err := db.Exec("SELECT 1")
		check(err)
		name(db, one.id)
	}
}

var scenarios = map[string]func(*sql.DB, int){
	"query_row": queryRow, "query_row_fixed": queryRowFixed, "open_rows": openRows,
	"goroutines": goroutines, "two_at_once": twoAtOnce, "savepoints": savepoints,
	"type_ahead": typeAhead, "pings": pings,
}

func timed(name string, db *sql.DB, n int) float64 {
	begun := time.Now()
	scenarios[name](db, n)
	return float64(time.Since(begun).Microseconds()) / 1000
}

func main() {
	out := json.NewEncoder(os.Stdout)
	var names []string
	for name := range scenarios {
		names = append(names, name)
	}
	out.Encode(names)
	for requests := bufio.NewScanner(os.Stdin); requests.Scan(); {
		var request struct {
			Scenario  string
			N, Repeat int
		}
		check(json.Unmarshal(requests.Bytes(), &request))
		db, err := sql.Open("postgres", "sslmode=disable host="+os.Getenv("PGHOST"))
		check(err)
		db.SetMaxIdleConns(8)
		var times [][]float64
		// A new connection's first steps are in neither.
		if request.Repeat > 0 {
			timed(request.Scenario+"_fixed", db, request.N)
		}
		for i := 0; i == 0 || i < request.Repeat; i++ {
			turn := []float64{timed(request.Scenario, db, request.N)}
			if request.Repeat > 0 {
				turn = append(turn, timed(request.Scenario+"_fixed", db, request.N))
			}
			times = append(times, turn)
		}
		db.Close()
		out.Encode(map[string]interface{}{"times": times})
	}
}
