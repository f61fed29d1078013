// Which name is asked about next: the most suspicious, among equals the one that came first; names that
// failed already after all others; some not before a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "model/suspicion.hpp"

namespace enrichd {

class PriorityQueue {
  public:
    /// The position of a name. It keeps its position when it comes back after a failure.
    struct Position {
        Suspicion suspicion;
        std::uint64_t arrival;

        /// Less is further in front.
        bool operator<(const Position& other) const {
            return suspicion != other.suspicion ? suspicion > other.suspicion : arrival < other.arrival;
        }
        bool operator==(const Position&) const = default;
    };

    /// Which of them take() may give.
    enum class Which { all, without_failed };

    Position next_position(Suspicion suspicion) { return {suspicion, arrivals_++}; }

    void add(Position position, std::string name) { ready_.emplace(position, std::move(name)); }

    /// The same for one that failed, and must not be asked before a time.
    void add(Position position, std::string name, Clock::time_point not_before) {
        later_.emplace(not_before, std::pair(position, std::move(name)));
    }

    /// Behind all others, until recall(): it failed for no reason of its own.
    void send_back(Position position, std::string name) { sent_back_.emplace(position, std::move(name)); }

    /// Those who were sent back have their positions again.
    void recall() { ready_.merge(sent_back_); }

    /// The first that may be asked now, taken out.
    std::optional<std::string> take(Clock::time_point now, Which which = Which::all) {
        let_in(now);
        if (ready_.empty() && (which == Which::without_failed || failed_.empty())) recall();
        auto& from = ready_.empty() && which == Which::all ? failed_ : ready_;
        if (from.empty()) return std::nullopt;
        return std::move(from.extract(from.begin()).mapped());
    }

    /// For a try that finds out whether an upstream is there: what was requested, else the newest of those
    /// that never failed. Were it the first, a row of names that are never answered would keep it paused.
    std::optional<std::string> take_newest(Clock::time_point now) {
        let_in(now);
        if (ready_.empty() || ready_.begin()->first.suspicion == Suspicion::requested) return take(now);
        const auto newest = std::max_element(ready_.begin(), ready_.end(), [](const auto& a, const auto& b) {
            return a.first.arrival < b.first.arrival;
        });
        return std::move(ready_.extract(newest).mapped());
    }

    /// The last, taken out: of those that may be asked if there are any.
    std::optional<std::string> drop_last(Clock::time_point now) {
        let_in(now);
        Positions* last_of = nullptr;
        for (Positions* queue : {&ready_, &failed_, &sent_back_})
            if (!queue->empty() && (!last_of || last_of->rbegin()->first < queue->rbegin()->first))
                last_of = queue;
        if (last_of) return std::move(last_of->extract(std::prev(last_of->end())).mapped());
        if (later_.empty()) return std::nullopt;
        return std::move(later_.extract(std::prev(later_.end())).mapped().second);
    }

    /// Moves one forward, whether it may be asked yet or not. Nothing happens when it is not in the queue.
    void move(Position from, Position to) {
        for (Positions* queue : {&ready_, &failed_, &sent_back_}) {
            auto node = queue->extract(from);
            if (node.empty()) continue;
            node.key() = to;
            queue->insert(std::move(node));
            return;
        }
        for (auto& [not_before, waiting] : later_)  // those that failed lately: few
            if (waiting.first == from) waiting.first = to;
    }

    void remove(Position position) {
        for (Positions* queue : {&ready_, &failed_, &sent_back_}) queue->erase(position);
        for (auto one = later_.begin(); one != later_.end();)
            one = one->second.first == position ? later_.erase(one) : std::next(one);
    }

    /// When take() will give something; nothing when the queue is empty.
    std::optional<Clock::time_point> next(Clock::time_point now, Which which = Which::all) {
        let_in(now);
        if (!ready_.empty() || !sent_back_.empty()) return now;
        if (which == Which::without_failed) return std::nullopt;
        if (!failed_.empty()) return now;
        if (later_.empty()) return std::nullopt;
        return later_.begin()->first;
    }

    std::size_t size() const { return ready_.size() + failed_.size() + later_.size() + sent_back_.size(); }

  private:
    using Positions = std::map<Position, std::string>;

    void let_in(Clock::time_point now) {
        while (!later_.empty() && later_.begin()->first <= now) {
            failed_.insert(std::move(later_.begin()->second));
            later_.erase(later_.begin());
        }
    }

    Positions ready_;
    Positions failed_;
    Positions sent_back_;
    std::multimap<Clock::time_point, std::pair<Position, std::string>> later_;
    std::uint64_t arrivals_ = 0;
};

}  // namespace enrichd
