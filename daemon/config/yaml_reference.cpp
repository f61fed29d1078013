#include "config/yaml_reference.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <span>
#include <sstream>
#include <utility>
#include <vector>

#include "base/units.hpp"
#include "config/config_keys.hpp"
#include "config/version.hpp"

namespace enrichd {
namespace {

struct Entry {
    std::string path;  // "intake.socket"
    std::string name;
    std::string value;   // the default; empty for a section
    std::string bounds;  // "100ms to 5m", "auto | on | off"; may be empty
    std::string about;
    std::size_t depth = 0;
    bool section = false;
    bool example = false;  // of an entry that a list may have

    /// Of an example the first key begins the entry.
    bool begins = false;

    std::string indent() const { return std::string(depth * 2, ' '); }
    /// "  - name: value" of an example, which is a comment.
    std::string example_line() const { return (begins ? "  - " : "    ") + name + ": " + value; }
    std::string explained() const {
        if (bounds.empty()) return about;
        return about.empty() ? bounds : about + "; " + bounds;
    }
};

constexpr std::size_t example_column = 32;

std::string quoted(const std::string& text) {
    return "\"" + text + "\"";
}

class Collector final : public ConfigVisitor {
  public:
    void section(Key key, const std::function<void()>& keys) override {
        add(key, "", "");
        entries.back().section = true;
        const std::string around = around_;
        around_ += std::string(key.name) + ".";
        ++depth_;
        keys();
        --depth_;
        around_ = around;
    }
    void text(Key key, std::string& value, const TextCheck&) override {
        add(key, value.empty() ? quoted("") : value, "");
    }
    void secret_url(Key key, Secret&, const TextCheck&) override { add(key, quoted(""), ""); }
    void texts(Key key, std::vector<std::string>& value, const TextCheck&) override {
        std::string list;
        for (const std::string& one : value) list += (list.empty() ? "" : ", ") + one;
        add(key, "[" + list + "]", "");
    }
    void flag(Key key, bool& value) override { add(key, value ? "true" : "false", "true | false"); }
    void number(Key key, std::size_t& value, std::size_t least, std::size_t most) override {
        add(key, std::to_string(value), std::to_string(least) + " to " + std::to_string(most));
    }
    void decimal(Key key, double& value, double least, double most) override {
        std::ostringstream shown;
        std::ostringstream range;
        shown << value;
        range << least << " to " << most;
        add(key, shown.str(), range.str());
    }
    void mode(Key key, unsigned& value) override {
        std::ostringstream out;
        out << std::oct << value;
        add(key, quoted("0" + out.str()), "");
    }
    void duration(Key key, std::chrono::milliseconds& value, std::chrono::milliseconds least,
                  std::chrono::milliseconds most) override {
        add(key, to_text(value), to_text(least) + " to " + to_text(most));
    }
    void choice(Key key, std::size_t& value, std::span<const std::string_view> names) override {
        std::string all;
        for (const std::string_view name : names) all.append(all.empty() ? "" : " | ").append(name);
        add(key, std::string(names[value]), all);
    }

    void sections(Key key, const Sections& list) override {
        add(key, "[]", "");
        list.resize(1);
        const std::string around = around_;
        around_ += std::string(key.name) + "[].";
        ++depth_;
        in_example_ = true;
        const std::size_t first = entries.size();
        list.visit(0);
        if (entries.size() > first) entries[first].begins = true;
        in_example_ = false;
        --depth_;
        around_ = around;
    }

    std::vector<Entry> entries;

  private:
    void add(Key key, std::string value, std::string bounds) {
        std::string about(key.about);
        if (key.restart) about += "; a change takes effect at the next start";
        entries.push_back({around_ + std::string(key.name), std::string(key.name), std::move(value),
                           std::move(bounds), std::move(about), depth_, false, in_example_});
    }

    std::string around_;
    std::size_t depth_ = 0;
    bool in_example_ = false;
};

std::vector<Entry> all_entries() {
    Config defaults;
    Collector collector;
    visit(defaults, collector);
    return std::move(collector.entries);
}

}  // namespace

std::string sample_configuration() {
    std::string out =
        "# The configuration of enrichd: every key with its default. Take the '#' away before a key to "
        "change it.\n"
        "# enrichd check tells what is wrong with this file, systemctl reload enrichd puts it into effect.\n"
        "# man enrichd.yaml has more. Durations carry a unit: 250ms, 15s, 10m, 1h, 7d.\n";
    for (const Entry& entry : all_entries()) {
        const std::string& indent = entry.indent();
        if (entry.section && entry.depth == 0) out += "\n";
        if (entry.example) {
            const std::string line = "#" + entry.example_line();
            const std::size_t width = std::max(line.size() + 1, example_column);
            out += line + std::string(width - line.size(), ' ') + "# " + entry.explained() + "\n";
            continue;
        }
        if (entry.depth == 0 && !entry.section) out += "\n";
        if (!entry.explained().empty()) out += indent + "# " + entry.explained() + "\n";
        out += entry.section ? indent + entry.name + ":\n"
                             : indent + "#" + entry.name + ": " + entry.value + "\n";
    }
    return out;
}

std::string configuration_reference() {
    constexpr std::size_t column = 42;
    std::string out;
    for (const Entry& entry : all_entries()) {
        std::string line = entry.example ? "#" + entry.example_line()
                                         : entry.indent() + entry.name + ":" +
                                               (entry.value.empty() ? "" : " " + entry.value);
        if (!entry.explained().empty())
            line +=
                std::string(line.size() < column ? column - line.size() : 1, ' ') + "# " + entry.explained();
        out += line + "\n";
    }
    return out;
}

std::string roff(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\')
            out += "\\e";
        else if (c == '-')
            out += "\\-";
        else
            out += c;
    }
    if (out.starts_with('.') || out.starts_with('\'')) out.insert(0, "\\&");
    return out;
}

std::string configuration_manual() {
    std::string out =
        std::string(".TH ENRICHD.YAML 5 \"\" \"enrichd ") + version + "\" \"enrichd\"\n" +
        ".SH NAME\nenrichd.yaml \\- configuration of enrichd\n"
        ".SH SYNOPSIS\n.I /etc/enrichd/enrichd.yaml\n"
        ".SH DESCRIPTION\nA YAML document. All keys are optional. What is wrong in it is reported by\n"
        ".B enrichd check\nwith line, column and key; what is in effect by\n.BR \"enrichd check \\-\\-show\" "
        ".\n"
        "Durations carry a unit: 250ms, 15s, 10m, 1h, 7d.\n.SH KEYS\n";
    for (const Entry& entry : all_entries()) {
        if (entry.section) {
            out += ".SS " + roff(entry.path) + "\n" + (entry.about.empty() ? "" : roff(entry.about) + "\n");
            continue;
        }
        out += ".TP\n.BR " + roff(entry.path) + "\n";
        if (!entry.about.empty()) out += roff(entry.about) + ".\n";
        if (!entry.bounds.empty()) out += roff(entry.bounds) + ".\n";
        out += "Default: " + roff(entry.value) + "\n";
    }
    return out +
           ".SH SEE ALSO\n.BR enrichd (1),\n.BR enrich-shim "
           "(8),\n/usr/share/doc/enrichd/docs/configuration.md\n";
}

}  // namespace enrichd
