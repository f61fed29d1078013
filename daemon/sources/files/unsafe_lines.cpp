#include "sources/files/unsafe_lines.hpp"

#include <utility>

namespace enrichd {

class UnsafeLines::Waiting final : public Receiver {
  public:
    Waiting(std::shared_ptr<Lines> lines, std::uint64_t place) : lines_(std::move(lines)), place_(place) {}
    void settled(bool safe) override {
        --lines_->in_flight;
        lines_->settle(place_, safe);
        if (lines_->changed) lines_->changed();
    }

  private:
    std::shared_ptr<Lines> lines_;
    std::uint64_t place_;
};

void UnsafeLines::Lines::settle(std::uint64_t place, bool safe) {
    if (!safe) {
        refused = true;
        return;
    }
    all[place - removed].second = true;
    while (!all.empty() && all.front().second) {
        all.pop_front();
        ++removed;
    }
}

std::unique_ptr<Receiver> UnsafeLines::add(std::uint64_t start) {
    const std::uint64_t place = lines_->removed + lines_->all.size();
    lines_->all.emplace_back(start, false);
    ++lines_->in_flight;
    return std::make_unique<Waiting>(lines_, place);
}

void UnsafeLines::refuse(std::uint64_t start) {
    lines_->all.emplace_back(start, false);
    lines_->refused = true;
}

std::optional<std::uint64_t> UnsafeLines::first() const {
    if (lines_->all.empty()) return std::nullopt;
    return lines_->all.front().first;
}

void UnsafeLines::forget_refused() {
    lines_->removed += lines_->all.size();
    lines_->all.clear();
    lines_->refused = false;
}

}  // namespace enrichd
