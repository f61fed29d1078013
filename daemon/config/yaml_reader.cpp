// parse_config: walks the keys over a YAML document, noting all that is wrong with its place.
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/read_file.hpp"
#include "base/terminal_text.hpp"
#include "base/units.hpp"
#include "base/utf8.hpp"
#include "config/check_together.hpp"
#include "config/config_keys.hpp"
#include "config/nearest.hpp"
#include "config/sections.hpp"
#include "config/yaml_document.hpp"
#include "config/yaml_hints.hpp"

namespace enrichd {
namespace {

constexpr std::size_t max_file = 1024 * 1024;
constexpr std::size_t max_shown = 60;  // of what stands there instead

/// Null, or a section in which no key has a value, as in the shipped file.
bool holds_nothing(const YAML::Node& node) {
    if (node.IsNull()) return true;
    if (!node.IsMap()) return false;
    return std::all_of(node.begin(), node.end(), [](const auto& pair) { return holds_nothing(pair.second); });
}

/// The tag that was written before a value, unless it says what we take it for anyway.
std::string odd_tag(const YAML::Node& node) {
    constexpr std::string_view core = "tag:yaml.org,2002:";
    const std::string& tag = node.Tag();
    if (!tag.starts_with(core)) return tag.size() > 1 ? tag : "";
    const std::string name = tag.substr(core.size());
    for (const char* usual : {"str", "int", "float", "bool", "null"})
        if (name == usual) return "";
    return "!!" + name;
}

std::string shown(const YAML::Node& node) {
    if (node.IsMap()) return "a map";
    if (node.IsSequence()) return "a list";
    if (node.IsNull()) return "nothing";
    if (const std::string tag = odd_tag(node); !tag.empty()) return "a value with the tag " + tag;
    const std::string text(cut_utf8(node.Scalar(), max_shown));
    return "'" + text + (text.size() < node.Scalar().size() ? "…'" : "'");
}

/// Of a key that may hold one: a user, a query, or what looks like no path and no URL.
bool may_be_secret(std::string_view text) {
    const bool place = text.find('/') != std::string_view::npos || text.find_first_of(".:") < text.size();
    return !place || text.find_first_of("@?#") != std::string_view::npos ||
           text.find("%40") != std::string_view::npos;
}

template <class T>
bool parse_whole(const std::string& text, T& out, int base) {
    const char* end = text.data() + text.size();
    const auto [rest, ec] = std::from_chars(text.data(), end, out, base);
    return ec == std::errc{} && rest == end;
}

class Reader final : public ConfigVisitor {
  public:
    Reader(const YAML::Node& root, std::string file, ParsedConfig& out) : file_(std::move(file)), out_(out) {
        open_.push_back({"", root, {}});
    }

    void section(Key key, const std::function<void()>& keys) override {
        const YAML::Node node = take(key);
        const bool given = node.IsDefined() && !node.IsNull();
        if (given && !node.IsMap()) {
            const bool glued = node.IsScalar() && node.Scalar().find(':') != std::string::npos;
            problem(node, name_of(key.name),
                    "expected a section with keys, got " + shown(node) +
                        (glued ? "; a space is missing behind the colon" : ""));
            return;
        }
        open_.push_back({name_of(key.name), given ? node : YAML::Node(YAML::NodeType::Map), {}});
        check_duplicates();
        keys();
        check_unknown();
        open_.pop_back();
    }
    void text(Key key, std::string& value, const TextCheck& check) override {
        if (auto given = checked(key, check)) value = *std::move(given);
    }
    void secret_url(Key key, Secret& value, const TextCheck& check) override {
        never_shown_ = true;
        if (auto given = checked(key, check)) value = Secret(*std::move(given));
        never_shown_ = false;
    }
    void texts(Key key, std::vector<std::string>& value, const TextCheck& check) override {
        const YAML::Node node = take(key);
        if (!node.IsDefined()) return;
        if (!node.IsSequence()) {
            wrong(node, key, "a list");
            return;
        }
        value.clear();
        for (const YAML::Node& item : node) {
            std::string given = item.IsScalar() ? item.Scalar() : std::string();
            if (!item.IsScalar() || !odd_tag(item).empty())
                wrong(item, key, "a list of texts");
            else if (const auto expected = check(given))
                wrong(item, key, *expected);
            else
                value.push_back(std::move(given));
        }
    }
    void flag(Key key, bool& value) override {
        const YAML::Node node = scalar(key, "true or false");
        if (!node) return;
        if (node.Scalar() != "true" && node.Scalar() != "false")
            wrong(node, key, "true or false");
        else
            value = node.Scalar() == "true";
    }
    void number(Key key, std::size_t& value, std::size_t least, std::size_t most) override {
        const std::string expected =
            "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
        const YAML::Node node = scalar(key, expected);
        if (!node) return;
        const std::string& given = node.Scalar();
        std::size_t read = 0;
        // A leading zero would be octal to some readers and decimal to others.
        const bool odd = given.size() > 1 && given.front() == '0';
        if (odd || !parse_whole(given, read, 10) || read < least || read > most)
            wrong(node, key, expected);
        else
            value = read;
    }
    void decimal(Key key, double& value, double least, double most) override {
        std::ostringstream range;
        range << "a number from " << least << " to " << most << ", such as 4.5";
        const YAML::Node node = scalar(key, range.str());
        if (!node) return;
        const std::string& given = node.Scalar();
        const char* const end = given.data() + given.size();
        double read = 0;
        const auto [rest, ec] = std::from_chars(given.data(), end, read, std::chars_format::fixed);
        if (ec != std::errc{} || rest != end || !(read >= least && read <= most))
            wrong(node, key, range.str());
        else
            value = read;
    }
    void mode(Key key, unsigned& value) override {
        const std::string expected = "a file mode such as \"0660\"";
        const YAML::Node node = scalar(key, expected);
        if (!node) return;
        unsigned read = 0;
        if (!parse_whole(node.Scalar(), read, 8) || node.Scalar().size() < 3 || read > 0777)
            wrong(node, key, expected);
        else
            value = read;
    }
    void duration(Key key, std::chrono::milliseconds& value, std::chrono::milliseconds least,
                  std::chrono::milliseconds most) override {
        const std::string expected = "a duration with its unit, from " + to_text(least) + " to " +
                                     to_text(most) + ", such as " + to_text(value);
        const YAML::Node node = scalar(key, expected);
        if (!node) return;
        const auto read = parse_duration(node.Scalar());
        if (!read || *read < least || *read > most)
            wrong(node, key, expected);
        else
            value = *read;
    }
    void choice(Key key, std::size_t& value, std::span<const std::string_view> names) override {
        std::string expected = "one of";
        for (const std::string_view name : names)
            expected.append(expected == "one of" ? " " : ", ").append(name);
        const YAML::Node node = scalar(key, expected);
        if (!node) return;
        const auto found = std::find(names.begin(), names.end(), node.Scalar());
        if (found == names.end())
            wrong(node, key, expected);
        else
            value = static_cast<std::size_t>(found - names.begin());
    }

    void sections(Key key, const Sections& entries) override {
        const YAML::Node node = take(key);
        if (!node.IsDefined() || node.IsNull()) return;
        if (!node.IsSequence()) return wrong(node, key, "a list of sections, each beginning with '- '");
        if (node.size() > entries.most)
            return wrong(node, key, "at most " + std::to_string(entries.most) + " entries");
        entries.resize(node.size());
        for (std::size_t i = 0; i < node.size(); ++i) {
            const std::string path = name_of(key.name) + "[" + std::to_string(i + 1) + "]";
            if (!node[i].IsMap()) {
                problem(node[i], path, "expected a section with keys, got " + shown(node[i]));
                continue;
            }
            out_.places.try_emplace(path, std::pair(node[i].Mark().line + 1, node[i].Mark().column + 1));
            open_.push_back({path, node[i], {}});
            check_duplicates();
            entries.visit(i);
            check_unknown();
            open_.pop_back();
        }
    }

    /// A section without a key, as in the shipped file, is none: another of the same name counts.
    void check_duplicates() {
        std::set<std::string> empty;
        for (const auto& pair : open_.back().node) {
            if (!pair.first.IsScalar()) continue;
            const std::string name = name_of(pair.first.Scalar());
            const std::pair place(pair.first.Mark().line + 1, pair.first.Mark().column + 1);
            const auto [first, is_new] = out_.places.try_emplace(name, place);
            if (!is_new && empty.contains(name))
                first->second = place;
            else if (!is_new && !holds_nothing(pair.second))
                problem(pair.first, name,
                        "given twice, first in line " + std::to_string(first->second.first) +
                            "; put it all in one place");
            if (!holds_nothing(pair.second))
                empty.erase(name);
            else if (is_new)
                empty.insert(name);
        }
    }
    void check_unknown() {
        const Section& here = open_.back();
        for (const auto& pair : here.node) {
            const std::string name = pair.first.IsScalar() ? pair.first.Scalar() : std::string();
            if (here.known.contains(name)) continue;
            problem(pair.first, name_of(cut_utf8(name, max_shown)), "unknown key" + hint(name, here.known));
        }
    }

  private:
    struct Section {
        std::string name;
        YAML::Node node;
        Words known;
    };

    static std::string hint(std::string_view name, const Words& known) {
        if (name == "<<") return "; YAML's merge key is not supported: write the keys out";
        const std::size_t dot = name.find('.');
        if (dot != std::string_view::npos && known.contains(name.substr(0, dot)))
            return "; write '" + std::string(name.substr(0, dot)) + ":' and below it, indented, '" +
                   std::string(cut_utf8(name.substr(dot + 1), max_shown)) + ":'";
        if (std::string near = did_you_mean(name, known); !near.empty()) return near;
        std::string all;
        for (const std::string& one : known) all += (all.empty() ? "; here may stand " : ", ") + one;
        return all;
    }
    std::string name_of(std::string_view key) const {
        const std::string& section = open_.back().name;
        return section.empty() ? std::string(key) : section + "." + std::string(key);
    }
    /// The node of a key, which is known from now on. Not defined when the key is not given.
    YAML::Node take(Key key) {
        const std::string name(key.name);
        open_.back().known.insert(name);
        YAML::Node found(YAML::NodeType::Undefined);
        for (const auto& pair : open_.back().node)
            if (pair.first.IsScalar() && pair.first.Scalar() == name &&
                (!found.IsDefined() || holds_nothing(found)))
                found.reset(pair.second);
        return found;
    }
    /// The same, and null when it is not given or no text, which is a problem.
    YAML::Node scalar(Key key, const std::string& expected) {
        YAML::Node node = take(key);
        if (!node.IsDefined() || (node.IsScalar() && odd_tag(node).empty())) return node;
        wrong(node, key, expected);
        return YAML::Node(YAML::NodeType::Undefined);
    }
    /// The text of a key; nothing when it is not given or not as it should be, which is a problem.
    std::optional<std::string> checked(Key key, const TextCheck& check) {
        const YAML::Node node = scalar(key, "a text");
        if (!node) return std::nullopt;
        std::string given = node.Scalar();
        const auto expected = check(given);
        if (!expected) return given;
        wrong(node, key, *expected);
        return std::nullopt;
    }
    void wrong(const YAML::Node& node, Key key, const std::string& expected) {
        const bool hidden =
            node.IsScalar() && (never_shown_ || (key.delicate && may_be_secret(node.Scalar())));
        Problem found = at(node, name_of(key.name),
                           "expected " + expected + ", got " +
                               (hidden ? "something else (not shown: it may be a secret)" : shown(node)));
        // Where nothing stands, the parser is at the next key already.
        if (node.IsNull()) found = out_.at(found.key, std::move(found.message));
        out_.errors.push_back(std::move(found));
    }
    void problem(const YAML::Node& node, std::string key, std::string message) {
        out_.errors.push_back(at(node, std::move(key), std::move(message)));
    }
    Problem at(const YAML::Node& node, std::string key, std::string message) const {
        return {file_, node.Mark().line + 1, node.Mark().column + 1, std::move(key), std::move(message)};
    }

    std::string file_;
    ParsedConfig& out_;
    std::vector<Section> open_;
    bool never_shown_ = false;  // what stands for the present key
};

void read_keys(const YAML::Node& root, const std::string& file, ParsedConfig& out) {
    if (!root.IsMap() && !root.IsNull()) {
        out.errors.push_back({file, 1, 1, "", "expected sections with keys, got " + shown(root)});
        return;
    }
    Reader reader(root.IsMap() ? root : YAML::Node(YAML::NodeType::Map), file, out);
    reader.check_duplicates();
    visit(out.config, reader);
    settle_stages(out.config, [&out](std::string_view key) { return out.places.contains(key); });
    reader.check_unknown();
    check_together(out);
}

}  // namespace

std::string Problem::text() const {
    std::string out = file;
    if (line > 0) out += ":" + std::to_string(line) + ":" + std::to_string(column);
    if (!key.empty()) out += ": " + key;
    return fit_for_terminal(out + ": " + message);
}

Problem ParsedConfig::at(const std::string& key, std::string message) const {
    std::string around = key;
    for (;;) {
        if (const auto place = places.find(around); place != places.end())
            return {file, place->second.first, place->second.second, key, std::move(message)};
        const std::size_t dot = around.rfind('.');
        if (dot == std::string::npos) return {file, 0, 0, key, std::move(message)};
        around.resize(dot);
    }
}

ParsedConfig parse_config(const std::string& text, const std::string& file) {
    ParsedConfig out;
    out.file = file;
    YAML::Node document;
    if (auto problem = read_document(text, file, document)) {
        out.errors.push_back(*std::move(problem));
    } else {
        read_keys(document, file, out);
        add_hints(text, out.errors);
    }
    for (const auto& [key, place] : out.places) out.given.keys.insert(key);
    out.given.last_line_ends = text.empty() || text.back() == '\n';
    // By place; what is about the whole file comes last.
    std::stable_sort(out.errors.begin(), out.errors.end(), [](const Problem& a, const Problem& b) {
        return std::pair(a.line == 0, a.line) < std::pair(b.line == 0, b.line);
    });
    return out;
}

ParsedConfig read_config(const std::string& file) {
    std::error_code ec;
    const auto status = std::filesystem::status(file, ec);
    if (file == default_config_file && status.type() == std::filesystem::file_type::not_found) {
        ParsedConfig defaults = parse_config("", file);
        defaults.warnings.push_back({file, 0, 0, "", "does not exist; the defaults are used"});
        return defaults;
    }
    const auto text = read_file_up_to(file, max_file);
    if (text) return parse_config(*text, file);
    ParsedConfig failed;
    failed.file = file;
    std::string why = "cannot be read: " + text.error().message();
    if (text.error() == errc::file_too_large) why = "longer than 1 MiB";
    if (text.error() == boost::system::errc::permission_denied)
        why += "; become root, or a member of group enrichd";
    failed.errors.push_back({file, 0, 0, "", std::move(why)});
    return failed;
}

}  // namespace enrichd
