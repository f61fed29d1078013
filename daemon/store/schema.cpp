#include "store/schema.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace enrichd {
namespace {

/// Numbers of alerts and events are never given twice, and begin at another one in each file: who still knows
/// one of a file that was moved away must not mean a row of the file that came after. Times: `received` and
/// `due` are ticks of the steady clock in a `run`, which is when that began; `taken` and `expires` Unix
/// seconds.
constexpr const char* version_1 = R"(
CREATE TABLE journal (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    run INTEGER NOT NULL,
    received INTEGER NOT NULL,
    destination INTEGER NOT NULL,
    alert_id TEXT NOT NULL,
    agent_id TEXT NOT NULL,
    agent_name TEXT NOT NULL,
    agent_ip TEXT NOT NULL,
    query TEXT NOT NULL,
    taken INTEGER,
    judged INTEGER,
    waits INTEGER,
    due INTEGER
);
CREATE INDEX journal_waits ON journal (waits DESC, number) WHERE waits IS NOT NULL;
CREATE INDEX journal_due ON journal (due) WHERE waits = -2;
CREATE INDEX journal_received ON journal (run, received) WHERE waits >= 0;

CREATE TABLE recent (
    number INTEGER PRIMARY KEY,
    hash INTEGER NOT NULL
);

CREATE TABLE outbox (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    output TEXT NOT NULL,
    kind TEXT NOT NULL,
    destination INTEGER NOT NULL,
    location TEXT NOT NULL,
    agent_id TEXT NOT NULL,
    agent_name TEXT NOT NULL,
    agent_ip TEXT NOT NULL,
    json TEXT NOT NULL
);
CREATE INDEX outbox_output ON outbox (output, number);

CREATE TABLE verdicts (
    provider TEXT NOT NULL,
    key TEXT NOT NULL,
    expires INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (provider, key)
) WITHOUT ROWID;
CREATE INDEX verdicts_expires ON verdicts (provider, expires);

CREATE TABLE facts (
    name TEXT PRIMARY KEY,
    value
) WITHOUT ROWID;

INSERT INTO sqlite_sequence (name, seq)
    SELECT name, CAST(strftime('%s', 'now') AS INTEGER) * 1000000 + abs(random() % 1000000)
    FROM (SELECT 'journal' AS name UNION SELECT 'outbox');
)";

/// What is remembered of domains. Times are Unix seconds, `last_day` Unix days.
constexpr const char* version_2 = R"(
CREATE TABLE domains (
    domain TEXT PRIMARY KEY,
    seen INTEGER NOT NULL,
    told INTEGER NOT NULL,
    last_day INTEGER NOT NULL,
    registered INTEGER,
    expires INTEGER,
    failure TEXT NOT NULL DEFAULT '',
    age_until INTEGER
) WITHOUT ROWID;
CREATE INDEX domains_last_day ON domains (last_day);
)";

/// When a verdict was learnt, in Unix seconds: it must not outlive a time to live that was lowered, nor a
/// clock that was ahead. For those that are there the time counts from now. And the domains whose age is
/// asked for again, see store/open_ages.hpp.
constexpr const char* version_3 = R"(
ALTER TABLE verdicts ADD COLUMN learnt INTEGER NOT NULL DEFAULT 0;
UPDATE verdicts SET learnt = CAST(strftime('%s', 'now') AS INTEGER);

CREATE TABLE open_ages (
    domain TEXT PRIMARY KEY,
    alert_id TEXT NOT NULL,
    agent_id TEXT NOT NULL,
    agent_name TEXT NOT NULL,
    agent_ip TEXT NOT NULL,
    query TEXT NOT NULL,
    since INTEGER NOT NULL,
    due INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX open_ages_due ON open_ages (due);
)";

/// Each brings the file from the version before to its own. Never changed once released; the next one is
/// added.
constexpr std::array migrations{version_1, version_2, version_3};

}  // namespace

void migrate(StateFile& file) {
    std::int64_t version = 0;
    file.each("PRAGMA user_version", [&](const Row& row) { version = row.number(0); });
    if (version > static_cast<std::int64_t>(migrations.size()))
        file.fail(errc::store_later_version, "schema version " + std::to_string(version));
    if (file.failure() || version == static_cast<std::int64_t>(migrations.size())) return;
    file.script("BEGIN IMMEDIATE");
    for (auto next = static_cast<std::size_t>(version); next < migrations.size(); ++next)
        file.script(migrations[next]);
    file.script(("PRAGMA user_version = " + std::to_string(migrations.size())).c_str());
    file.script("COMMIT");
}

}  // namespace enrichd
