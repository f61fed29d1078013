#include "stages/lists/lists_component.hpp"

#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "stages/lists/lists_report.hpp"

namespace enrichd {
namespace {

/// The member "name" of a question; empty when there is none.
std::string name_in(const std::string& question) {
    const StatusJson read = StatusJson::parse(question, nullptr, false);
    const auto member = read.find("name");
    return member != read.end() && member->is_string() ? member->get<std::string>() : std::string();
}

}  // namespace

ListsComponent::ListsComponent(const Surroundings& around, ListsConfig config)
    : around_(around),
      lists_(around.io, around.lookup, around.directory.empty() ? "" : around.directory + "/lists") {
    lists_.configure(config);
    if (!around_.state) lists_.load_blocking();
    around_.pipeline.mark_by(lists_);
    around_.pipeline.add(stage_);
    if (around_.state && !around_.directory.empty())
        retro_ = std::make_unique<RetroMatch>(around_.io, lists_, around_.pipeline, *around_.state,
                                              around_.directory + "/retro");
}

std::string ListsComponent::described() const {
    const std::size_t count = lists_.all().size();
    if (count == 0) return "none";
    return std::to_string(count) + (count == 1 ? " list" : " lists");
}

void ListsComponent::add_reports(Reports& reports) const {
    reports.push_back(std::make_unique<ListsReport>(lists_, retro_.get()));
}

void ListsComponent::start_restored(Tasks& services) {
    if (retro_) services.spawn("retro", retro_->keep());
}

/// The same lists stay when the state file could not be read and this is called again.
task<error> ListsComponent::restore() {
    if (!restored_) co_await lists_.restore(around_.work);
    restored_ = true;
    co_return error();
}

StatusJson ListsComponent::found(const HostName& name) const {
    StatusJson out = StatusJson::array();
    for (const Lists::Found& one : lists_.find(name)) {
        const ListConfig& config = one.list->config();
        out.push_back({{"list", config.name},
                       {"action", label(config.action)},
                       {"label", config.label},
                       {"confidence", label(config.confidence)},
                       {"matched", one.match.entry}});
        if (!one.match.note.empty())
            out.back()["details"] = StatusJson::parse(one.match.note, nullptr, false);
    }
    return out;
}

StatusJson ListsComponent::cached(const HostName& name) const {
    return found(name);
}

std::span<const std::string_view> ListsComponent::own_verbs() const {
    static constexpr std::array<std::string_view, 3> verbs{"lists", "lists test", "lists reload"};
    return verbs;
}

task<Component::Asked> ListsComponent::act(std::string_view verb, std::string question) {
    const std::string text = name_in(question);
    StatusJson out = StatusJson::object();
    if (verb == "lists") {
        out["lists"] = StatusJson::array();
        for (const auto& keeper : lists_.all()) out["lists"].push_back(to_json(*keeper));
    } else if (verb == "lists test") {
        const auto name = HostName::parse(text);
        if (!name) co_return Asked{{}, name.error().message()};
        out["name"] = name->text();
        out["domain"] = name->registrable();
        out["lists"] = found(*name);
    } else {
        const std::size_t count = lists_.load_now(text);
        if (count == 0 && !text.empty()) co_return Asked{{}, "no list has the name " + text};
        out["loading"] = count;
    }
    std::string json = out.dump(-1, ' ', false, StatusJson::error_handler_t::replace);
    co_return Asked{std::move(json), {}};
}

/// The running daemon's lists count, when it was asked.
StatusJson ListsComponent::shown(const Inspected& of, std::string&) const {
    return of.known.is_array() ? of.known : found(of.name);
}

}  // namespace enrichd
