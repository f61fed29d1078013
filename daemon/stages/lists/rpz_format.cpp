// read_rpz: a response policy zone in the text of a zone file (RFC 1035 5, draft-vixie-dnsop-dns-rpz).
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "stages/lists/line_formats.hpp"

namespace enrichd {
namespace {

struct Token {
    std::string text;
    bool quoted = false;
};

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return text;
}

bool is_one_of(std::string_view word, const auto& words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// A record may go over several lines within parentheses.
class Records {
  public:
    explicit Records(ListBuilder& builder) : builder_(builder) {}

    void line(std::size_t number, std::string_view text) {
        if (depth_ == 0) {
            builder_.at(number, text);
            tokens_.clear();
            indented_ = text.starts_with(' ') || text.starts_with('\t');
        }
        split(text);
        if (tokens_.size() > most_tokens) tokens_.resize(most_tokens);
        if (depth_ == 0 && !tokens_.empty()) record();
    }

  private:
    static constexpr std::size_t most_tokens = 1'000;

    void split(std::string_view text) {
        while (!text.empty()) {
            const char c = text.front();
            if (c == ';') return;
            if (c == ' ' || c == '\t') {
                text.remove_prefix(1);
            } else if (c == '(' || c == ')') {
                depth_ = c == '(' ? depth_ + 1 : depth_ - (depth_ > 0 ? 1 : 0);
                text.remove_prefix(1);
            } else if (c == '"') {
                const std::size_t end = std::min(text.find('"', 1), text.size());
                tokens_.push_back({std::string(text.substr(1, end - 1)), true});
                text.remove_prefix(std::min(end + 1, text.size()));
            } else {
                const std::size_t end = std::min(text.find_first_of(" \t;()\""), text.size());
                tokens_.push_back({std::string(text.substr(0, end))});
                text.remove_prefix(end);
            }
        }
    }

    void record() {
        std::size_t at = 0;
        if (tokens_[0].text.starts_with('$')) return directive();
        if (!indented_) owner_ = absolute(lower(tokens_[at++].text));
        constexpr std::array<std::string_view, 4> classes{"in", "ch", "hs", "cs"};
        std::string word;
        for (; at < tokens_.size(); ++at) {
            word = lower(tokens_[at].text);
            const bool time = !word.empty() && word.front() >= '0' && word.front() <= '9';
            if (!time && !is_one_of(word, classes)) break;
        }
        if (at >= tokens_.size()) return builder_.leave_out("no record");
        const std::string type = word;
        const std::string target = at + 1 < tokens_.size() ? lower(tokens_[at + 1].text) : std::string();
        if (type == "soa") apex_ = owner_;
        constexpr std::array<std::string_view, 10> of_the_zone{
            "soa", "ns", "dname", "rrsig", "nsec", "nsec3", "nsec3param", "dnskey", "ds", "zonemd"};
        if (is_one_of(type, of_the_zone) || owner_ == apex_) return;
        trigger(type, target);
    }

    void directive() {
        const std::string word = lower(tokens_[0].text);
        if (word == "$origin" && tokens_.size() > 1)
            origin_ = absolute(lower(tokens_[1].text));
        else if (word != "$ttl")
            builder_.leave_out("a directive that is not supported");
    }

    /// Without the dot at its end.
    std::string absolute(std::string name) const {
        if (name == "@") return origin_;
        if (name == ".") return {};
        if (name.ends_with('.')) return name.substr(0, name.size() - 1);
        return origin_.empty() ? name : name + "." + origin_;
    }

    void trigger(const std::string& type, const std::string& target) {
        std::string_view name = owner_;
        if (!apex_.empty()) {
            if (!name.ends_with("." + apex_)) return builder_.leave_out("outside of the zone");
            name.remove_suffix(apex_.size() + 1);
        }
        constexpr std::array<std::string_view, 4> others{"rpz-ip", "rpz-client-ip", "rpz-nsip",
                                                         "rpz-nsdname"};
        const std::size_t dot = name.rfind('.');
        if (is_one_of(name.substr(dot == std::string_view::npos ? 0 : dot + 1), others))
            return builder_.leave_out("a trigger that is no queried name");
        const bool passes = type == "cname" && target == "rpz-passthru.";
        constexpr std::array<std::string_view, 2> actions{"rpz-drop.", "rpz-tcp-only."};
        if (type == "cname" && !passes && of_no_meaning(target) && !is_one_of(target, actions))
            return builder_.leave_out("an action that is not known");
        const bool wildcard = name.starts_with("*.");
        if (wildcard) name.remove_prefix(2);
        Listing listing = wildcard ? Listing::below : Listing::exact;
        if (passes) listing = wildcard ? Listing::except_below : Listing::except_exact;
        if (builder_.add(name, static_cast<std::uint8_t>(listing))) builder_.count_entry();
    }

    /// The last label of such a name begins with "rpz-".
    static bool of_no_meaning(std::string_view target) {
        if (target.ends_with('.')) target.remove_suffix(1);
        const std::size_t dot = target.rfind('.');
        return target.substr(dot == std::string_view::npos ? 0 : dot + 1).starts_with("rpz-");
    }

    ListBuilder& builder_;
    std::vector<Token> tokens_;
    std::string origin_;
    std::string apex_;
    std::string owner_;
    std::size_t depth_ = 0;
    bool indented_ = false;
};

}  // namespace

void read_rpz(std::string_view text, ListBuilder& builder) {
    Records records(builder);
    for_each_line(text, [&](std::size_t number, std::string_view line) {
        records.line(number, line);
        return true;
    });
}

}  // namespace enrichd
