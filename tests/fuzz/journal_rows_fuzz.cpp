// Rows of a state file that somebody else wrote, or that a disk has spoilt. An input is a row: its first line
// says of which table ("alert", "domain", "outbox", "verdict"), each further line is a column, `i-1` a
// number, `r0.5` a real one, `ttext`, `bbytes`, anything else NULL.
#include <sqlite3.h>

#include <array>
#include <charconv>

#include "base/units.hpp"
#include "fuzz.hpp"
#include "pipeline/job.hpp"
#include "stages/domain_stats/domain_stats_event.hpp"
#include "stages/domain_stats/embedded/domain_age.hpp"
#include "stages/domain_stats/packed_verdict.hpp"
#include "stages/otx/otx_event.hpp"
#include "stages/otx/otx_record.hpp"
#include "store/domains.hpp"

namespace enrichd::fuzz {
namespace {

constexpr int columns = 13;
constexpr std::string_view domain = "harbour.com";
constexpr WallTime now{std::chrono::seconds(1'795'492'550)};
constexpr std::int64_t run = 1'000'000'000;  // a second after the machine's start: never in the future

/// One row of SQLite's with values that are bound to it.
class BoundRow {
  public:
    BoundRow() {
        require(sqlite3_open(":memory:", &database_) == SQLITE_OK);
        require(sqlite3_prepare_v2(database_, "SELECT ?,?,?,?,?,?,?,?,?,?,?,?,?", -1, &statement_, nullptr) ==
                SQLITE_OK);
    }
    Row with(std::string_view values) {
        sqlite3_reset(statement_);
        sqlite3_clear_bindings(statement_);
        for (int column = 1; column <= columns && !values.empty(); ++column) {
            const std::string_view value = values.substr(0, values.find('\n'));
            values.remove_prefix(std::min(value.size() + 1, values.size()));
            if (!value.empty()) bind(column, value.front(), value.substr(1));
        }
        require(sqlite3_step(statement_) == SQLITE_ROW);
        return Row(statement_);
    }

  private:
    template <class Number>
    static Number number(std::string_view text) {
        Number out{};
        std::from_chars(text.data(), text.data() + text.size(), out);
        return out;
    }
    void bind(int column, char type, std::string_view value) {
        const int size = static_cast<int>(value.size());
        if (type == 'i') sqlite3_bind_int64(statement_, column, number<std::int64_t>(value));
        if (type == 'r') sqlite3_bind_double(statement_, column, number<double>(value));
        if (type == 't') sqlite3_bind_text(statement_, column, value.data(), size, SQLITE_STATIC);
        if (type == 'b') sqlite3_bind_blob(statement_, column, value.data(), size, SQLITE_STATIC);
    }

    sqlite3* database_ = nullptr;
    sqlite3_stmt* statement_ = nullptr;
};

const Alert& some_alert() {
    static const Alert alert{"1795493062.0", {"001", "pc-17", "10.0.0.1"}, "www.harbour.com"};
    return alert;
}

void look_at_alert(const Row& row) {
    const KeptAlert kept = kept_alert(row, run);
    require(kept.destination == Destination::siem || kept.destination == Destination::active_response);
    require(kept.rank >= Suspicion::none && kept.rank <= Suspicion::requested);
    require(kept.alert.context.size() <= max_context_bytes);
    require(sound_context(kept.alert.context) == kept.alert.context);
    const Job job = job_of(kept);
    require(job.received <= Clock::now() &&
            Clock::now() - job.received + std::chrono::hours(24) > Clock::duration());
    first_contact_was_lost(job.asked, std::chrono::seconds(1), now);
    if (job.destination == Destination::siem)
        require_event(domain_stats_error(job.alert, domain, job.alert.query));
    else
        require_event(otx_event(job.alert, {domain}, OtxSubject::domain, {}, job.destination));
}

void look_at_event(const Row& row) {
    const Event event = stored_event(row).event;
    require(event.destination == Destination::siem || event.destination == Destination::active_response);
    require(valid_utf8(event.json) && valid_utf8(event.location));
    // It is a label in metrics.
    require(!event.kind.empty() && event.kind.size() <= 64 &&
            event.kind.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos);
}

void look_at_verdict(const Row& row) {
    const RememberedVerdict remembered = remembered_verdict("otx", row);
    const Clock::duration good_for = remembered.good_for(now, std::chrono::hours(24));
    require(good_for >= Clock::duration::zero() && good_for <= std::chrono::days(3650));
    if (const auto packed = PackedVerdict::read(remembered.body)) {
        const DomainStatsVerdict verdict = packed->unpack();
        require_event(domain_stats_event(some_alert(), {domain}, {verdict}));
        const auto again = PackedVerdict::read(PackedVerdict(verdict).bytes());
        require(again && again->unpack() == verdict);
        require(nlohmann::json::accept(to_domain_stats_json(verdict, true)));
    }
    if (const auto verdict = otx_verdict_of(remembered.body)) {
        require_event(
            otx_event(some_alert(), {domain}, OtxSubject::domain, *verdict, Destination::active_response));
        const auto again = otx_verdict_of(to_record(*verdict));
        require(again && to_record(*again) == to_record(*verdict));
    }
}

void look_at_domain(const Row& row) {
    const KnownAge age = known_age(row, 0);
    if (!age.registration) return;
    const bool old = established(*age.registration, now, {});
    const WallTime until = good_until(*age.registration, now, {});
    require(until > now &&
            (old || until <= std::max(now, age.registration->registered) + std::chrono::days(731)));
    require(!to_http_date(age.registration->registered).empty());
}

}  // namespace
}  // namespace enrichd::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace enrichd;
    static fuzz::BoundRow bound;
    const std::string_view bytes = fuzz::input(data, size);
    const std::size_t line = std::min(bytes.find('\n'), bytes.size());
    const Row row = bound.with(bytes.substr(std::min(line + 1, size)));
    // Any other first letter stands for one of these.
    switch (bytes.empty() ? 0 : static_cast<unsigned char>(bytes.front()) % 4) {
        case 'a' % 4:
            fuzz::look_at_alert(row);
            break;
        case 'o' % 4:
            fuzz::look_at_event(row);
            break;
        case 'v' % 4:
            fuzz::look_at_verdict(row);
            break;
        case 'd' % 4:
            fuzz::look_at_domain(row);
            break;
    }
    return 0;
}
