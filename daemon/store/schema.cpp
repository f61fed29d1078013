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

/// What an alert waits for is the name of a stage. Until then `judged` was null before the domain check and a
/// rank behind it, and `waits` -1 before it, -2 when deferred, a rank behind it. Now `waits` is null while
/// the alert is in progress, 0 when it waits, 1 when it is deferred.
constexpr const char* version_4 = R"(
DROP INDEX journal_waits;
DROP INDEX journal_due;
DROP INDEX journal_received;
ALTER TABLE journal RENAME COLUMN judged TO rank;
ALTER TABLE journal ADD COLUMN stage TEXT NOT NULL DEFAULT '';
UPDATE journal SET stage = CASE WHEN rank IS NULL THEN 'domain_stats' ELSE 'otx' END;
UPDATE journal SET rank = coalesce(rank, 0), waits = CASE WHEN waits IS NULL THEN NULL WHEN waits = -2 THEN 1 ELSE 0 END;
CREATE INDEX journal_waits ON journal (stage, rank DESC, number) WHERE waits = 0;
CREATE INDEX journal_due ON journal (stage, due) WHERE waits = 1;
CREATE INDEX journal_received ON journal (stage, run, received) WHERE waits = 0;
)";

/// What an alert's events say of it (Alert::context). And how far files that are followed were read, see
/// store/positions.hpp.
constexpr const char* version_5 = R"(
ALTER TABLE journal ADD COLUMN context TEXT NOT NULL DEFAULT '';
ALTER TABLE open_ages ADD COLUMN context TEXT NOT NULL DEFAULT '';

CREATE TABLE positions (
    file TEXT NOT NULL,
    number INTEGER NOT NULL,
    path TEXT NOT NULL,
    device INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    head_size INTEGER NOT NULL,
    head TEXT NOT NULL,
    offset INTEGER NOT NULL,
    written INTEGER NOT NULL,
    saved INTEGER NOT NULL,
    PRIMARY KEY (file, number)
) WITHOUT ROWID;
)";

/// See store/allowed_names.hpp.
constexpr const char* version_6 = R"(
CREATE TABLE allowed (
    name TEXT NOT NULL,
    below INTEGER NOT NULL,
    kinds INTEGER NOT NULL,
    until INTEGER,
    note TEXT NOT NULL,
    added INTEGER NOT NULL,
    PRIMARY KEY (name, below)
) WITHOUT ROWID;
)";

/// Which agents have asked for a domain, see store/prevalence.hpp: `domain` is a hash, `first` Unix seconds,
/// `last` hours. And what an alert in the journal has as its AgentContact. And when a followed file was
/// created.
constexpr const char* version_7 = R"(
CREATE TABLE seen (
    domain INTEGER PRIMARY KEY,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    agents TEXT NOT NULL
);
CREATE TABLE agents (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL
);
ALTER TABLE journal ADD COLUMN contact INTEGER;
ALTER TABLE positions ADD COLUMN created INTEGER NOT NULL DEFAULT 0;
)";

/// Which agents have asked for a name, or for names below it, see store/asked_names.hpp: `name` is a hash,
/// `first` Unix seconds, `last` hours.
constexpr const char* version_8 = R"(
CREATE TABLE names (
    name INTEGER PRIMARY KEY,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    agents TEXT NOT NULL
);
INSERT OR REPLACE INTO facts VALUES ('names', 0);
)";

/// To which server of the state that hosts share a reported domain is written: its number, see
/// shared/first_contacts.hpp. Only who shares has an index of it.
constexpr const char* version_9 = R"(
ALTER TABLE domains ADD COLUMN shared INTEGER NOT NULL DEFAULT 0;
)";

/// The hash of an alert's content, by which hosts that share state know it. 0: by an earlier version.
constexpr const char* version_10 = R"(
ALTER TABLE journal ADD COLUMN hash INTEGER NOT NULL DEFAULT 0;
)";

/// Each brings the file from the version before to its own. Never changed once released; the next one is
/// added.
constexpr std::array migrations{version_1, version_2, version_3, version_4, version_5,
                                version_6, version_7, version_8, version_9, version_10};

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
