#include "admin/tap.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/units.hpp"

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

std::string line_of(const Job& job) {
    const bool has_name = job.progress.name.has_value();
    Json findings = Json::array();
    job.found.for_each([&findings](FindingKind kind) { findings.push_back(label(kind)); });
    Json line{{"time", to_iso_date(wall_seconds(WallClock::now()))},
              {"query", job.alert.query},
              {"domain", has_name ? Json(job.progress.name->registrable()) : Json(nullptr)},
              {"agent", {{"id", job.alert.agent.id}, {"name", job.alert.agent.name}}},
              {"source", job.source.empty() ? "journal" : job.source},
              {"decision", job.decision.what},
              {"findings", std::move(findings)},
              {"reason", job.decision.why},
              {"events", std::vector<std::string>(job.sent.begin(), job.sent.end())}};
    return line.dump(-1, ' ', true, Json::error_handler_t::replace);
}

bool wanted(const TapFilter& filter, const Job& job) {
    if (!filter.agent.empty() && filter.agent != job.alert.agent.id) return false;
    if (filter.suffix.empty()) return true;
    return job.progress.name && job.progress.name->is_under(filter.suffix);
}

}  // namespace

class Tap::Stream final : public LineStream {
  public:
    explicit Stream(std::shared_ptr<Channel> channel) : channel_(std::move(channel)) {}

    task<std::optional<std::string>> next(Clock::time_point limit) override {
        if (channel_->lines.empty() && channel_->left_out == 0) {
            channel_->news.expires_at(limit);
            co_await channel_->news.async_wait(nothrow);
        }
        if (channel_->lines.empty() && channel_->left_out > 0) {
            const Json line{{"left_out", std::exchange(channel_->left_out, 0)}};
            co_return line.dump();
        }
        if (channel_->lines.empty()) co_return std::nullopt;
        std::string line = std::move(channel_->lines.front());
        channel_->lines.pop_front();
        co_return line;
    }

  private:
    std::shared_ptr<Channel> channel_;
};

std::unique_ptr<LineStream> Tap::stream(TapFilter filter) {
    auto channel = std::make_shared<Channel>(io_, std::move(filter));
    channels_.push_back(channel);
    return std::make_unique<Stream>(std::move(channel));
}

void Tap::decided(const Job& job) {
    if (channels_.empty()) return;
    std::erase_if(channels_, [](const auto& channel) { return channel.expired(); });
    std::string line;
    for (const auto& one : channels_) {
        const auto channel = one.lock();
        if (!wanted(channel->filter, job)) continue;
        if (channel->lines.size() >= most_lines) {
            ++channel->left_out;
            continue;
        }
        if (line.empty()) line = line_of(job);
        channel->lines.push_back(line);
        channel->news.cancel();
    }
}

}  // namespace enrichd
