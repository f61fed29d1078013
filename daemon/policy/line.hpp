// Who is asked next: the most suspicious, among equals the one that came first; some not before a time.
#pragma once

#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/units.hpp"
#include "model/suspicion.hpp"

namespace enrichd {

class Line {
  public:
    /// Where a name stands. It keeps its place when it comes back after a failure.
    struct Place {
        Suspicion suspicion;
        std::uint64_t arrival;

        /// Less stands further in front.
        bool operator<(const Place& other) const {
            return suspicion != other.suspicion ? suspicion > other.suspicion : arrival < other.arrival;
        }
        bool operator==(const Place&) const = default;
    };

    Place next_place(Suspicion suspicion) { return {suspicion, arrivals_++}; }

    void add(Place place, std::string name) { ready_.emplace(place, std::move(name)); }

    /// The same for one that must not be asked before a time.
    void add(Place place, std::string name, Clock::time_point not_before) {
        later_.emplace(not_before, std::pair(place, std::move(name)));
    }

    /// Behind all others, until recall().
    void send_back(Place place, std::string name) { sent_back_.emplace(place, std::move(name)); }

    /// Those who were sent back stand in their places again.
    void recall() { ready_.merge(sent_back_); }

    /// The first that may be asked now, taken out.
    std::optional<std::string> take(Clock::time_point now) {
        let_in(now);
        if (ready_.empty()) recall();
        if (ready_.empty()) return std::nullopt;
        std::string name = std::move(ready_.begin()->second);
        ready_.erase(ready_.begin());
        return name;
    }

    /// The last, taken out: of those that may be asked if there are any.
    std::optional<std::string> drop_last(Clock::time_point now) {
        let_in(now);
        const bool from_back =
            !sent_back_.empty() && (ready_.empty() || ready_.rbegin()->first < sent_back_.rbegin()->first);
        auto& last_of = from_back ? sent_back_ : ready_;
        if (!last_of.empty()) return std::move(last_of.extract(std::prev(last_of.end())).mapped());
        if (later_.empty()) return std::nullopt;
        return std::move(later_.extract(std::prev(later_.end())).mapped().second);
    }

    /// Moves one forward, whether it may be asked yet or not. Nothing happens when it is not in the line.
    void move(Place from, Place to) {
        if (auto node = ready_.extract(from); !node.empty()) {
            node.key() = to;
            ready_.insert(std::move(node));
            return;
        }
        if (auto node = sent_back_.extract(from); !node.empty()) {
            node.key() = to;
            sent_back_.insert(std::move(node));
            return;
        }
        for (auto& [not_before, waiting] : later_)  // those that failed lately: few
            if (waiting.first == from) waiting.first = to;
    }

    /// When take() will give something; nothing when the line is empty.
    std::optional<Clock::time_point> next(Clock::time_point now) {
        let_in(now);
        if (!ready_.empty() || !sent_back_.empty()) return now;
        if (later_.empty()) return std::nullopt;
        return later_.begin()->first;
    }

    std::size_t size() const { return ready_.size() + later_.size() + sent_back_.size(); }

  private:
    void let_in(Clock::time_point now) {
        while (!later_.empty() && later_.begin()->first <= now) {
            ready_.insert(std::move(later_.begin()->second));
            later_.erase(later_.begin());
        }
    }

    std::map<Place, std::string> ready_;
    std::map<Place, std::string> sent_back_;
    std::multimap<Clock::time_point, std::pair<Place, std::string>> later_;
    std::uint64_t arrivals_ = 0;
};

}  // namespace enrichd
