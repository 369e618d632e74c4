// JDBC: unnamed statements with parameters; from a statement's fifth execution on a
// named one of the server.

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

class Jdbc {
    interface Scenario {
        void run(Connection db, int n) throws Exception;
    }

    static final String BOOKS = "SELECT id, author_id FROM book ORDER BY id LIMIT ?";
    static final String AUTHOR = "SELECT name FROM author WHERE id = ?";
    static final Map<String, Scenario> SCENARIOS = new LinkedHashMap<>();

    static List<Integer> column(Connection db, String sql, int parameter, int column)
            throws SQLException {
        List<Integer> values = new ArrayList<>();
        try (PreparedStatement statement = db.prepareStatement(sql)) {
            statement.setInt(1, parameter);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) values.add(rows.getInt(column));
            }
        }
        return values;
    }

    // One statement for all rows.
    static void prepared(Connection db, int n) throws SQLException {
        try (PreparedStatement author = db.prepareStatement(AUTHOR)) {
            for (int id : column(db, BOOKS, n, 2)) {
                author.setInt(1, id);
                author.executeQuery().next();
            }
        }
    }

    static void preparedFixed(Connection db, int n) throws SQLException {
        column(db, "SELECT b.id, a.name FROM book b JOIN author a ON a.id = b.author_id "
            + "ORDER BY b.id LIMIT ?", n, 1);
    }

    // A statement per row, as repositories do.
    static void perRow(Connection db, int n) throws SQLException {
        for (int id : column(db, BOOKS, n, 2)) column(db, "SELECT id, name FROM author WHERE id = ?", id, 1);
    }

    // The parent comes ten rows at a time.
    static void fetchSize(Connection db, int n) throws SQLException {
        fetch(db, n, 10);
    }

    static void fetchTwo(Connection db, int n) throws SQLException {
        fetch(db, n, 2);
    }

    static void fetch(Connection db, int n, int rowsAtATime) throws SQLException {
        db.setAutoCommit(false);
        try (PreparedStatement books = db.prepareStatement(BOOKS);
                PreparedStatement author = db.prepareStatement(AUTHOR)) {
            books.setFetchSize(rowsAtATime);
            books.setInt(1, n);
            try (ResultSet rows = books.executeQuery()) {
                while (rows.next()) {
                    author.setInt(1, rows.getInt(2));
                    author.executeQuery().next();
                }
            }
        }
        db.commit();
        db.setAutoCommit(true);
    }

    // A batch, which the driver sends as one execution per row, without waiting.
    static void batch(Connection db, int n) throws SQLException {
        db.setAutoCommit(false);
        try (PreparedStatement insert = db.prepareStatement("INSERT INTO entry VALUES (?, ?, ?)")) {
            for (int i = 1; i <= n; i++) {
                insert.setInt(1, i);
                insert.setInt(2, i);
                insert.setString(3, "note " + i);
                insert.addBatch();
            }
            insert.executeBatch();
        }
        db.commit();
        db.setAutoCommit(true);
    }

    // Only who has read the last version may write.
    static void versions(Connection db, int n) throws SQLException {
        try (PreparedStatement documents = db.prepareStatement(
                "SELECT id, version FROM document ORDER BY id LIMIT ?");
                PreparedStatement update = db.prepareStatement("UPDATE document SET body = ?, "
                    + "version = version + 1 WHERE id = ? AND version = ?")) {
            documents.setInt(1, n);
            try (ResultSet rows = documents.executeQuery()) {
                while (rows.next()) {
                    update.setString(1, "changed");
                    update.setInt(2, rows.getInt(1));
                    update.setInt(3, rows.getInt(2));
                    update.executeUpdate();
                }
            }
        }
    }

    // Lists of ids, ten each, the last one shorter.
    static void lists(Connection db, int n) throws SQLException {
        List<Integer> authors = column(db, BOOKS, n, 2);
        for (int from = 0; from < authors.size(); from += 10) {
            List<Integer> some = authors.subList(from, Math.min(from + 10, authors.size()));
            try (PreparedStatement list = db.prepareStatement("SELECT name FROM author WHERE id IN ("
                    + "?,".repeat(some.size() - 1) + "?)")) {
                for (int i = 0; i < some.size(); i++) list.setInt(i + 1, some.get(i));
                list.executeQuery().next();
            }
        }
    }

    static Connection connect() throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", System.getenv("PGUSER"));
        properties.setProperty("ApplicationName", System.getenv("PGAPPNAME"));
        return DriverManager.getConnection("jdbc:postgresql://" + System.getenv("PGHOST_TCP") + ":"
            + System.getenv("PGPORT") + "/" + System.getenv("PGDATABASE"), properties);
    }

    static double timed(Connection db, String scenario, int n) throws Exception {
        long begun = System.nanoTime();
        SCENARIOS.get(scenario).run(db, n);
        return (System.nanoTime() - begun) / 1e6;
    }

    static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n")
            .replace("\t", " ") + '"';
    }

    static String field(String json, String name) {
        Matcher value = Pattern.compile('"' + name + "\": *\"?([^\",}]*)").matcher(json);
        return value.find() ? value.group(1) : "";
    }

    public static void main(String[] arguments) throws Exception {
        SCENARIOS.put("prepared", Jdbc::prepared);
        SCENARIOS.put("prepared_fixed", Jdbc::preparedFixed);
        SCENARIOS.put("per_row", Jdbc::perRow);
        SCENARIOS.put("fetch_size", Jdbc::fetchSize);
        SCENARIOS.put("fetch_two", Jdbc::fetchTwo);
        SCENARIOS.put("batch", Jdbc::batch);
        SCENARIOS.put("versions", Jdbc::versions);
        SCENARIOS.put("lists", Jdbc::lists);
        List<String> names = new ArrayList<>();
        for (String name : SCENARIOS.keySet()) names.add(quoted(name));
        System.out.println(names);

        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = requests.readLine()) != null;) {
            String scenario = field(line, "scenario");
            int n = Integer.parseInt(field(line, "n"));
            int repeat = Integer.parseInt(field(line, "repeat"));
            try (Connection db = connect()) {
                // A new connection's first steps are in neither.
                if (repeat > 0) timed(db, scenario + "_fixed", n);
                List<List<Double>> times = new ArrayList<>();
                for (int i = 0; i < Math.max(repeat, 1); i++) {
                    List<Double> turn = new ArrayList<>();
                    turn.add(timed(db, scenario, n));
                    if (repeat > 0) turn.add(timed(db, scenario + "_fixed", n));
                    times.add(turn);
                }
                System.out.println("{\"times\": " + times + "}");
            } catch (Exception error) {
                StringWriter text = new StringWriter();
                error.printStackTrace(new PrintWriter(text));
                System.out.println("{\"error\": " + quoted(text.toString()) + "}");
            }
        }
    }
}
