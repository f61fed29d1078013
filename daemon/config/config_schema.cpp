#include "config/config_schema.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>
#include <vector>

#include "base/units.hpp"
#include "config/config_keys.hpp"

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

/// An empty section is allowed: the shipped file has them.
Json section_schema() {
    return {{"type", {"object", "null"}}, {"additionalProperties", false}, {"properties", Json::object()}};
}

class SchemaWriter final : public ConfigVisitor {
  public:
    SchemaWriter() : open_{section_schema()} {}

    void section(Key key, const std::function<void()>& keys) override {
        Json inner = below(keys);
        add(key, std::move(inner));
    }
    void text(Key key, std::string& value, const TextCheck&) override {
        add(key, {{"type", "string"}, {"default", value}});
    }
    void secret_url(Key key, Secret&, const TextCheck&) override { add(key, {{"type", "string"}}); }
    void texts(Key key, std::vector<std::string>& value, const TextCheck&) override {
        add(key, {{"type", "array"}, {"items", {{"type", {"string", "number"}}}}, {"default", value}});
    }
    void flag(Key key, bool& value) override { add(key, {{"type", "boolean"}, {"default", value}}); }
    void number(Key key, std::size_t& value, std::size_t least, std::size_t most) override {
        add(key, {{"type", "integer"}, {"minimum", least}, {"maximum", most}, {"default", value}});
    }
    void decimal(Key key, double& value, double least, double most) override {
        add(key, {{"type", "number"}, {"minimum", least}, {"maximum", most}, {"default", value}});
    }
    void mode(Key key, unsigned&) override {
        // 0660 without quotes is a number to some editors.
        add(key, {{"type", {"string", "integer"}}});
    }
    void duration(Key key, std::chrono::milliseconds& value, std::chrono::milliseconds least,
                  std::chrono::milliseconds most) override {
        add(key, {{"type", "string"}, {"pattern", "^[0-9]+(ms|s|m|h|d)$"}, {"default", to_text(value)}},
            to_text(least) + " to " + to_text(most));
    }
    void choice(Key key, std::size_t& value, std::span<const std::string_view> names) override {
        Json all = Json::array();
        for (const std::string_view name : names) all.push_back(name);
        // YAML 1.1, which some editors read, takes these words for true and false.
        if (std::find(names.begin(), names.end(), "off") != names.end()) all.push_back(false);
        if (std::find(names.begin(), names.end(), "on") != names.end()) all.push_back(true);
        add(key, {{"enum", std::move(all)}, {"default", names[value]}});
    }
    void sections(Key key, const Sections& entries) override {
        entries.resize(1);
        Json entry = below([&entries] { entries.visit(0); });
        entry["type"] = "object";
        add(key, {{"type", {"array", "null"}}, {"maxItems", entries.most}, {"items", std::move(entry)}});
    }

    Json finished() { return std::move(open_.front()); }

  private:
    Json below(const std::function<void()>& keys) {
        open_.push_back(section_schema());
        keys();
        Json inner = std::move(open_.back());
        open_.pop_back();
        return inner;
    }
    void add(Key key, Json schema, const std::string& bounds = {}) {
        std::string about(key.about);
        if (!bounds.empty()) about += (about.empty() ? "" : "; ") + bounds;
        if (!about.empty()) schema["description"] = about;
        open_.back()["properties"][std::string(key.name)] = std::move(schema);
    }

    std::vector<Json> open_;
};

}  // namespace

std::string configuration_schema() {
    Config defaults;
    SchemaWriter writer;
    visit(defaults, writer);
    Json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                {"title", "enrichd.yaml, the configuration of enrichd"}};
    schema.update(writer.finished());
    return schema.dump(2) + "\n";
}

}  // namespace enrichd
