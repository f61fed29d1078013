#include "stages/lists/list_keeper.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <random>
#include <utility>

namespace enrichd {
namespace {

using namespace std::chrono_literals;

constexpr auto look_every = 2s;     // at a file
constexpr auto first_pause = 1min;  // after a failed download
constexpr auto longest_pause = 1h;
constexpr auto pause_when_limited = 5min;
constexpr auto copy_again_after = 10min;  // when it could not be written
constexpr auto loaded_within = 1min;
constexpr auto longest_load = 2min;      // of a file on a file system that hangs
constexpr auto longest_asked_for = 24h;  // Retry-After

/// A file is named by who set it up: nobody waits for its age.
bool ages(const ListConfig& config) {
    return config.fetched() || config.action == ListAction::alert || config.action == ListAction::label;
}

/// What is wrong with a file is in it: it stays so until the file changes.
bool of_content(const error& why) {
    return why != errc::file_rewritten && why != errc::deadline && label(why) != "system";
}

}  // namespace

std::string ListTrouble::sentence() const {
    if (http_status == 0 || http_status == 200 || http_status == 304) return why.message();
    return why.message() + " (" + std::to_string(http_status) + ")";
}

ListKeeper::ListKeeper(asio::io_context& io, Lookup& lookup, std::shared_ptr<Semaphore> loads,
                       ListConfig config, std::string copy, LoadedListPtr in_use)
    : io_(io),
      lookup_(lookup),
      loads_(std::move(loads)),
      blocking_(io),
      config_(std::move(config)),
      copy_(std::move(copy)),
      list_(std::move(in_use)),
      wake_(io, Clock::time_point::max()) {}

task<void> ListKeeper::restore() {
    if (!config_.fetched()) {
        co_await load_file();
        if (list_) co_return;
    }
    if (!copy_.empty()) co_await load_copy();
}

task<void> ListKeeper::load_copy() {
    const auto permit = co_await take_slot();
    if (!permit || list_) co_return;
    auto load = [config = config_, copy = copy_file()] { return list_loader::load_copy(config, copy); };
    auto found = co_await blocking_.run(std::move(load), Clock::now() + longest_load);
    if (!found) co_return;
    list_ = std::move(found->list);
    in_use_since_ = wall_seconds(WallClock::now());
    version_ = {std::move(found->etag), std::move(found->last_modified)};
    const auto old = wall_seconds(WallClock::now()) - list_->since;
    if (old >= std::chrono::seconds(0) && old < config_.refresh)
        next_fetch_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(config_.refresh - old);
}

task<void> ListKeeper::keep(std::shared_ptr<ListKeeper> keeper) {
    ListKeeper& self = *keeper;
    co_await asio::this_coro::throw_if_cancelled(false);
    if (!self.list_) co_await self.restore();
    for (bool goes_on = co_await self.goes_on(); goes_on; goes_on = co_await self.goes_on()) {
        const bool now = std::exchange(self.now_, false);
        if (self.config_.fetched() && (now || Clock::now() >= self.next_fetch_)) co_await self.fetch(now);
        if (!self.config_.fetched() && now) co_await self.load_file();
        if (!self.config_.fetched() && !now) co_await self.look_at_file();
        const bool waits = co_await self.goes_on();
        if (!waits || self.now_) continue;
        self.wake_.expires_at(self.config_.fetched() ? self.next_fetch_ : Clock::now() + look_every);
        co_await self.wake_.async_wait(nothrow);
    }
}

/// False when it was stopped, or its coroutine cancelled: what failed then says nothing.
task<bool> ListKeeper::goes_on() const {
    auto state = co_await asio::this_coro::cancellation_state;
    co_return !stopped_ && state.cancelled() == asio::cancellation_type::none;
}

/// What is read takes memory, so only some lists are read at a time. Error: cancelled, also when it was
/// stopped.
task<result<Semaphore::Permit>> ListKeeper::take_slot() {
    const bool goes_on_before = co_await goes_on();
    if (!goes_on_before) co_return errc::cancelled;
    auto permit = co_await loads_->take();
    const bool goes_on_now = co_await goes_on();
    if (!goes_on_now) co_return errc::cancelled;
    co_return std::move(permit);
}

void ListKeeper::load_now() {
    now_ = true;
    wake_.cancel();
}

void ListKeeper::stop() {
    stopped_ = true;
    *abandoned_ = true;
    wake_.cancel();
}

void ListKeeper::configure(ListConfig config) {
    const bool other_way = config.refresh != config_.refresh || config.header_file != config_.header_file ||
                           config.ca_file != config_.ca_file || config.proxy != config_.proxy;
    config_ = std::move(config);
    if (list_) {
        auto same = std::make_shared<LoadedList>(*list_);
        same->config = config_;
        list_ = std::move(same);
    }
    if (other_way && config_.fetched()) next_fetch_ = std::min(next_fetch_, Clock::now() + config_.refresh);
    if (other_way) wake_.cancel();  // it is due at another time
    if (other_way && trouble_) load_now();
}

void ListKeeper::load_blocking() {
    if (config_.fetched()) {
        if (auto copy = list_loader::load_copy(config_, copy_file())) list_ = std::move(copy->list);
        return;
    }
    auto fresh = list_loader::load_file(config_, {}, nullptr);
    if (fresh)
        put_in_use(*std::move(fresh));
    else
        failed(fresh.error(), 0);
}

/// Two looks that see the same: the writer has ended. A file with bad content is not read again until it
/// changes.
task<void> ListKeeper::look_at_file() {
    auto look = [file = config_.from] { return state_of(file); };
    auto state = co_await blocking_.run(std::move(look), Clock::now() + longest_load);
    const bool goes_on_now = co_await goes_on();
    if (!goes_on_now) co_return;
    if (!state) {
        last_state_.reset();
        loaded_state_.reset();
        file_failed(state.error());
        co_return;
    }
    const bool settled = last_state_ == *state;
    last_state_ = *state;
    const bool copy_again = copy_trouble_ && Clock::now() >= next_fetch_;
    if (settled && (loaded_state_ != *state || copy_again)) co_await load_file();
}

task<void> ListKeeper::load_file() {
    // Where a file system hangs, this does, and nobody waits for it.
    auto look = [file = config_.from] { return state_of(file); };
    auto state = co_await blocking_.run(std::move(look), Clock::now() + longest_load);
    const auto permit = co_await take_slot();
    if (!permit) co_return;
    if (!state) co_return file_failed(state.error());
    auto load = [config = config_, copy = copy_file(), before = list_] {
        return list_loader::load_file(config, copy, before);
    };
    auto fresh = co_await blocking_.run(std::move(load), Clock::now() + longest_load);
    const bool goes_on_now = co_await goes_on();
    if (!goes_on_now) co_return;
    if (fresh)
        co_await use(*std::move(fresh));
    else
        file_failed(fresh.error());
}

/// It is looked at every two seconds: the same failure counts once. What its content is to blame for lasts
/// until it changes; a file that cannot be opened may be repaired without that.
void ListKeeper::file_failed(const error& why) {
    if (of_content(why)) loaded_state_ = last_state_;
    if (!trouble_ || trouble_->why != why) failed(why, 0);
}

task<void> ListKeeper::fetch(bool asked_for) {
    DownloadFailure failure;
    KnownVersion known;
    if (list_) known = version_;
    if (!http_) http_ = std::make_unique<HttpClient>(io_, lookup_, HttpClientOptions());
    ListFetch fetch{io_, lookup_, *http_, blocking_, config_, std::move(known), copy_, abandoned_, asked_for};
    auto fetched = co_await fetch_list(std::move(fetch), failure);
    const bool goes_on_now = co_await goes_on();
    if (!goes_on_now) co_return;
    if (!fetched) {
        failed(failure.why, failure.status);
        Clock::duration pause = pause_after_failure();
        if (failure.why == errc::rate_limited) pause = std::max<Clock::duration>(pause, pause_when_limited);
        if (failure.wait_asked_for)
            pause = std::max(pause, std::min<Clock::duration>(*failure.wait_asked_for, longest_asked_for));
        fetch_again_in(pause);
        co_return;
    }
    ListCopy copy{config_.from, fetched->version.etag, fetched->version.last_modified,
                  wall_seconds(WallClock::now()), std::move(fetched->text)};
    if (fetched->unchanged) {
        auto same = std::make_shared<LoadedList>(*list_);
        same->since = copy.since;
        put_in_use({std::move(same)});
        co_await confirm_copy(copy.since);
    } else {
        const auto permit = co_await take_slot();
        if (!permit) co_return;
        auto load = [config = config_, file = copy_file(), copy = std::move(copy), before = list_]() mutable {
            return list_loader::load_download(std::move(config), file, std::move(copy), before);
        };
        auto fresh = co_await blocking_.run(std::move(load), Clock::now() + longest_load);
        const bool still_goes_on = co_await goes_on();
        if (!still_goes_on) co_return;
        if (!fresh) {
            failed(fresh.error(), failure.status);
            fetch_again_in(pause_after_failure());
            co_return;
        }
        version_ = fetched->version;
        co_await use(*std::move(fresh));  // clears the version if there is no copy of it
    }
    Clock::duration pause = config_.refresh;
    if (copy_trouble_) pause = std::min<Clock::duration>(pause, copy_again_after);
    fetch_again_in(pause);
}

/// A restart without network shall not take the list for older than it is.
task<void> ListKeeper::confirm_copy(WallTime since) {
    if (copy_.empty()) co_return;
    auto confirm = [file = copy_, since] { return ListCopy::confirm(file, since); };
    const auto done = co_await blocking_.run(std::move(confirm), Clock::now() + longest_load);
    if (done)
        copy_trouble_.reset();
    else
        copy_failed(done.error());
}

/// Then all is fetched or read again, and written again.
void ListKeeper::copy_failed(const error& why) {
    version_ = {};
    copy_trouble_ = why;
    next_fetch_ = Clock::now() + copy_again_after;
    errors_.add("copy");
    if (complaints_.allows(Clock::now()))
        log::warning("the last good copy of a list cannot be written; a restart will not have it",
                     {{"list", config_.name},
                      {"file", copy_},
                      {"detail", why.message()},
                      {"kept_back", complaints_.kept_back()}});
}

/// The list from before is freed off the loop: that of a large one takes long.
task<void> ListKeeper::use(list_loader::Fresh fresh) {
    auto free_it = [old = put_in_use(std::move(fresh))]() mutable {
        old.reset();
        return 0;
    };
    co_await blocking_.run(std::move(free_it), Clock::now() + longest_load);
}

/// The list from before.
LoadedListPtr ListKeeper::put_in_use(list_loader::Fresh fresh) {
    const bool had_trouble = trouble_.has_value();
    const bool is_new = !list_ || list_->read != fresh.list->read;
    if (fresh.state) loaded_state_ = last_state_ = fresh.state;
    auto list = std::make_shared<LoadedList>(*fresh.list);
    list->config = config_;  // a reload may have come meanwhile
    LoadedListPtr old = std::exchange(list_, std::move(list));
    if (is_new) in_use_since_ = wall_seconds(WallClock::now());
    trouble_.reset();
    if (had_trouble) complaints_ = log::Limit(complain_every);  // the next failure is another one
    failures_ = 0;
    if (fresh.copy_failure) copy_failed(fresh.copy_failure);
    if (!fresh.copy_failure && is_new) copy_trouble_.reset();
    if (is_new || had_trouble)
        log::info("a list is in use", {{"list", config_.name},
                                       {"format", label(list_->read->format)},
                                       {"names", list_->read->index->size()},
                                       {"lines_left_out", list_->read->left_out}});
    return old;
}

void ListKeeper::failed(const error& why, unsigned http_status) {
    trouble_ = ListTrouble{why, http_status};
    ++failures_;
    errors_.add(label(why));
    if (complaints_.allows(Clock::now()))
        log::warning(list_ ? "a list cannot be loaded; the one from before stays in use"
                           : "a list cannot be loaded, and there is no earlier one",
                     {{"list", config_.name},
                      {"reason", label(why)},
                      {"detail", trouble_->sentence()},
                      {"kept_back", complaints_.kept_back()}});
}

Clock::duration ListKeeper::pause_after_failure() {
    const unsigned doublings = std::min(failures_ > 0 ? failures_ - 1 : 0U, 6U);
    const Clock::duration longest = std::min<Clock::duration>(longest_pause, config_.refresh);
    return std::min<Clock::duration>(first_pause * (1U << doublings), longest);
}

/// Not all daemons at the same second.
void ListKeeper::fetch_again_in(Clock::duration pause) {
    std::uniform_real_distribution<double> factor(1.0, 1.1);
    next_fetch_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(pause * factor(random_));
}

std::optional<WallTime> ListKeeper::next_fetch() const {
    if (!config_.fetched()) return std::nullopt;
    const auto in = std::max<Clock::duration>(next_fetch_ - Clock::now(), Clock::duration::zero());
    return wall_seconds(WallClock::now() + std::chrono::duration_cast<WallClock::duration>(in));
}

std::optional<std::chrono::seconds> ListKeeper::age() const {
    if (!list_) return std::nullopt;
    return std::max(std::chrono::seconds(0), wall_seconds(WallClock::now()) - list_->since);
}

bool ListKeeper::overdue() const {
    return !list_ && !trouble_ && Clock::now() > begun_ + loaded_within;
}

bool ListKeeper::too_old() const {
    const auto old = age();
    return old && ages(config_) && *old > config_.max_age;
}

}  // namespace enrichd
