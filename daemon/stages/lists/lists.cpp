#include "stages/lists/lists.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "base/units.hpp"
#include "stages/lists/isc_format.hpp"

namespace enrichd {
namespace {

using namespace std::chrono_literals;

constexpr auto longest_restore = 10s;

KindSet allowed_kinds(const ListConfig& list) {
    if (list.kinds.empty()) return usual_allowed;
    KindSet out;
    for (const std::string& name : list.kinds)
        if (const auto kind = finding_kind_of(name)) out.add(*kind);
    return out;
}

void mark_isc(const ListConfig& list, const NameIndex::Match& match, NameMarks& marks) {
    const IscNote note = isc_note_of(match.note);
    const auto seen = parse_iso_date(note.first_seen);
    const auto now = wall_seconds(WallClock::now());
    if (!note.first_seen.empty()) marks.seen_by_isc = note.first_seen;
    if (!seen || now - *seen <= list.new_for) marks.alerts.push_back(isc_first_seen_alert);
    if (list.warn_score > 0 && note.score && *note.score >= list.warn_score)
        marks.alerts.push_back(isc_warning_alert);
}

void mark_hit(const ListConfig& list, const NameIndex::Match& match, NameMarks& marks) {
    marks.lists.push_back(list.name);
    const auto rank = [](std::string_view confidence) {
        return std::find(confidence_names.begin(), confidence_names.end(), confidence) -
               confidence_names.begin();
    };
    if (marks.hit && rank(marks.hit->confidence) >= rank(label(list.confidence))) return;
    marks.hit = NameMarks::Hit{list.name, list.label, label(list.confidence), std::string(match.entry),
                               std::string(match.note)};
}

/// Lists that are being loaded at the start.
struct Loading {
    Loading(asio::io_context& io, std::size_t count)
        : done(io, Clock::now() + longest_restore), left(count) {}
    Timer done;
    std::size_t left;
};

task<void> restore_one(std::shared_ptr<ListKeeper> keeper, std::shared_ptr<Loading> loading) {
    co_await keeper->restore();
    if (--loading->left == 0) loading->done.cancel();
}

}  // namespace

void Lists::configure(const ListsConfig& config) {
    std::vector<std::shared_ptr<ListKeeper>> wanted;
    for (const ListConfig& list : config.lists) wanted.push_back(keeper_for(list));
    for (const auto& keeper : keepers_)
        if (std::find(wanted.begin(), wanted.end(), keeper) == wanted.end()) keeper->stop();
    keepers_ = std::move(wanted);
    if (tasks_ && !directory_.empty()) forget_copies(false);
}

/// The one that is there, when it is of this list and its text is read in the same way. Else a new one, which
/// uses the list from before until its own is loaded.
std::shared_ptr<ListKeeper> Lists::keeper_for(const ListConfig& config) {
    const auto found = std::find_if(keepers_.begin(), keepers_.end(), [&config](const auto& keeper) {
        return keeper->config().name == config.name;
    });
    if (found != keepers_.end() && read_alike((*found)->config(), config)) {
        (*found)->configure(config);
        return *found;
    }
    const bool same_action = found != keepers_.end() && (*found)->config().action == config.action;
    const std::string copy = directory_.empty() ? std::string() : directory_ + "/" + config.name;
    auto keeper = std::make_shared<ListKeeper>(io_, lookup_, loads_, config, copy,
                                               same_action ? (*found)->list() : LoadedListPtr());
    if (tasks_) {
        keeper->load_now();
        tasks_->spawn("list", ListKeeper::keep(keeper));
    }
    return keeper;
}

/// Of lists that the configuration does not have any more; at the start also what a kill left half written.
void Lists::forget_copies(bool with_unfinished) const {
    std::set<std::string> names;
    for (const auto& keeper : keepers_) names.insert(keeper->config().name);
    std::error_code ec;
    for (const auto& file : std::filesystem::directory_iterator(directory_, ec)) {
        const bool is_copy =
            !file.path().has_extension();  // else one that is being written, or was when it was killed
        const bool wanted = is_copy ? names.contains(file.path().filename().string()) : !with_unfinished;
        if (!wanted) std::filesystem::remove(file.path(), ec);
    }
}

task<void> Lists::restore(Tasks& tasks) {
    if (keepers_.empty()) co_return;
    auto loading = std::make_shared<Loading>(io_, keepers_.size());
    const auto keepers = keepers_;  // a reload may change them
    for (const auto& keeper : keepers) tasks.spawn("list", restore_one(keeper, loading));
    if (loading->left > 0) co_await loading->done.async_wait(nothrow);
}

void Lists::start(Tasks& tasks) {
    tasks_ = &tasks;
    if (!directory_.empty()) forget_copies(true);
    for (const auto& keeper : keepers_) tasks.spawn("list", ListKeeper::keep(keeper));
}

void Lists::load_blocking() {
    for (const auto& keeper : keepers_) keeper->load_blocking();
}

void Lists::mark(const HostName& name, NameMarks& marks) const {
    if (keepers_.empty()) return;
    const NameSuffixes suffixes(name.text());
    std::optional<NameSuffixes> domain;  // that lists of known domains are about
    for (const auto& keeper : keepers_) {
        const LoadedListPtr& list = keeper->list();
        if (!list) continue;
        const ListConfig& config = list->config;
        const bool by_domain = config.action == ListAction::known;
        if (by_domain && !domain) domain.emplace(name.registrable());
        const auto match = list->read->index->find(by_domain ? *domain : suffixes);
        if (!match) continue;
        if (marks.of_alert) ++keeper->hits;
        if (config.format == ListFormat::isc) {
            mark_isc(config, *match, marks);
        } else if (config.action == ListAction::allow) {
            marks.allowed = marks.allowed | allowed_kinds(config);
            if (marks.allowed_by.empty()) marks.allowed_by = config.name;
        } else if (config.action == ListAction::known) {
            marks.known = true;
        } else if (config.action == ListAction::label) {
            marks.lists.push_back(config.name);
        } else {
            mark_hit(config, *match, marks);
        }
    }
}

std::string Lists::known_by(std::string_view domain) const {
    for (const auto& keeper : keepers_) {
        const LoadedListPtr& list = keeper->list();
        if (!list || list->config.action != ListAction::known) continue;
        if (list->read->index->find(NameSuffixes(domain))) return list->config.name;
    }
    return {};
}

std::size_t Lists::known_names() const {
    std::size_t sum = 0;
    for (const auto& keeper : keepers_)
        if (keeper->list() && keeper->config().action == ListAction::known)
            sum += keeper->list()->read->index->size();
    return sum;
}

std::vector<Lists::Found> Lists::find(const HostName& name) const {
    std::vector<Found> out;
    for (const auto& keeper : keepers_) {
        if (!keeper->list()) continue;
        const bool by_domain = keeper->config().action == ListAction::known;
        const std::string_view text = by_domain ? name.registrable() : std::string_view(name.text());
        if (const auto match = keeper->list()->read->index->find(NameSuffixes(text)))
            out.push_back({keeper.get(), *match});
    }
    return out;
}

std::size_t Lists::load_now(std::string_view name) {
    std::size_t count = 0;
    for (const auto& keeper : keepers_) {
        if (!name.empty() && keeper->config().name != name) continue;
        keeper->load_now();
        ++count;
    }
    return count;
}

}  // namespace enrichd
