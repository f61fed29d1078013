#include "model/alert.hpp"

#include <boost/json/basic_parser_impl.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "base/utf8.hpp"

namespace enrichd {
namespace {

using Path = std::vector<std::string>;
using Text = boost::json::string_view;
using Failure = boost::json::error_code;

constexpr std::size_t max_depth = 64;
constexpr std::size_t max_id = 64;
constexpr std::size_t max_agent_field = 255;
constexpr std::size_t max_list = 16;
constexpr std::size_t max_text = 1024;  // longer than any name; HostName refuses it

enum Fixed : std::size_t {
    id,
    agent_id,
    agent_name,
    agent_ip,
    integration,
    alert_count,
    category = alert_count,
    command,
    response_count
};

/// Where the texts of Fixed stand, in its order.
std::span<const Path> of_alert() {
    static const std::array<Path, alert_count> paths{Path{"id"}, Path{"agent", "id"}, Path{"agent", "name"},
                                                     Path{"agent", "ip"}, Path{"data", "integration"}};
    return paths;
}

Path within_response(const Path& path) {
    Path out{"parameters", "alert"};
    out.insert(out.end(), path.begin(), path.end());
    return out;
}

std::span<const Path> of_response() {
    static const std::vector<Path> paths = [] {
        std::vector<Path> out;
        for (const Path& path : of_alert()) out.push_back(within_response(path));
        out.push_back(within_response({"data", "dnsstat", "category"}));
        out.push_back({"command"});
        return out;
    }();
    return paths;
}

const Path& response_alerts() {
    static const Path path = within_response({"data", "dnsstat", "alerts"});
    return path;
}

/// What some editors put in front of UTF-8.
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

/// Walks the alert once and keeps the texts at the wanted paths; nothing else is copied. Each wanted path has
/// a bit: `open_` holds for each open level the paths that lead through it.
///
/// Boost.JSON calls it. It hands out texts in parts; most are one part, which points into the alert.
class Reader {
  public:
    static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

    /// `list` is where a list of texts stands that is wanted too, or null.
    Reader(const AlertFields& fields, std::span<const Path> fixed, const Path* list)
        : names_at_(fixed.size()) {
        for (const Path& path : fixed) wanted_.push_back(&path);
        for (const Path& path : fields.paths()) wanted_.push_back(&path);
        if (list) {
            list_bit_ = Bits{1} << wanted_.size();
            wanted_.push_back(list);
        }
        texts_.resize(wanted_.size());
    }

    bool on_document_begin(Failure&) { return true; }
    bool on_document_end(Failure&) { return true; }
    bool on_object_begin(Failure&) {
        note_other_type();
        return enter(depth_ == 0 ? ~Bits{0} : here_);
    }
    bool on_object_end(std::size_t, Failure&) { return leave(); }
    bool on_array_begin(Failure& failure) {
        note_other_type();
        if ((ending_here() & list_bit_) != 0) list_level_ = depth_ + 1;
        return (depth_ > 0 || no_object(failure)) && enter(0);
    }
    bool on_array_end(std::size_t, Failure&) { return leave(); }
    bool on_key_part(Text part, std::size_t, Failure&) { return keep(part); }
    bool on_key(Text last, std::size_t, Failure&) {
        here_ = leading_through(whole(last));
        parts_.clear();
        return true;
    }
    bool on_string_part(Text part, std::size_t, Failure&) {
        return (ending_here() == 0 && depth_ != list_level_) || keep(part);
    }
    bool on_string(Text last, std::size_t, Failure& failure) {
        const Text text = whole(last);
        if (depth_ == list_level_ && list_.size() < max_list) list_.emplace_back(text);
        for (Bits ending = ending_here(); ending != 0; ending &= ending - 1)
            texts_[lowest(ending)] = cut_utf8(text, max_text);
        parts_.clear();
        return depth_ > 0 || no_object(failure);
    }
    bool on_number_part(Text, Failure&) { return true; }
    bool on_int64(std::int64_t, Text, Failure& failure) { return other_value(failure); }
    bool on_uint64(std::uint64_t, Text, Failure& failure) { return other_value(failure); }
    bool on_double(double, Text, Failure& failure) { return other_value(failure); }
    bool on_bool(bool, Failure& failure) { return other_value(failure); }
    bool on_null(Failure& failure) { return other_value(failure); }
    bool on_comment_part(Text, Failure&) { return true; }
    bool on_comment(Text, Failure&) { return true; }

    bool odd_name() const { return odd_name_; }
    std::string_view fixed(Fixed which) const {
        return texts_[which] ? std::string_view(*texts_[which]) : std::string_view();
    }
    const std::vector<std::string>& list() const { return list_; }
    const std::string* name() const {
        for (std::size_t i = names_at_; i < texts_.size(); ++i)
            if (texts_[i]) return &*texts_[i];
        return nullptr;
    }

  private:
    using Bits = std::uint64_t;
    static_assert(sizeof(Bits) * 8 > AlertFields::most + 1 + response_count + 1);

    static std::size_t lowest(Bits bits) { return static_cast<std::size_t>(std::countr_zero(bits)); }

    Bits leading_through(Text key) const {
        Bits out = 0;
        for (Bits open = open_[depth_] & all(); open != 0; open &= open - 1) {
            const Path& path = *wanted_[lowest(open)];
            if (path.size() >= depth_ && path[depth_ - 1] == key) out |= open & (~open + 1);
        }
        return out;
    }
    /// Those of the paths that the present value stands at the end of.
    Bits ending_here() const {
        Bits out = 0;
        for (Bits left = here_; left != 0; left &= left - 1)
            if (wanted_[lowest(left)]->size() == depth_) out |= left & (~left + 1);
        return out;
    }
    Bits all() const { return (Bits{1} << wanted_.size()) - 1; }

    bool keep(Text part) {
        parts_.append(part.data(), part.size());
        return true;
    }
    Text whole(Text last) {
        if (parts_.empty()) return last;
        keep(last);
        return parts_;
    }
    void note_other_type() {
        const Bits ending = ending_here() & ~list_bit_;
        if (ending >> names_at_ != 0) odd_name_ = true;
    }
    bool other_value(Failure& failure) {
        note_other_type();
        return depth_ > 0 || no_object(failure);
    }
    static bool no_object(Failure& failure) {
        failure = boost::json::error::syntax;
        return false;
    }
    bool enter(Bits through) {
        open_[++depth_] = through;
        here_ = 0;
        return true;
    }
    bool leave() {
        if (depth_ == list_level_) list_level_ = 0;
        --depth_;
        here_ = 0;
        return true;
    }

    std::vector<const Path*> wanted_;
    std::size_t names_at_;
    Bits list_bit_ = 0;
    std::array<Bits, max_depth + 1> open_{};  // by depth, from 1; none in arrays
    std::size_t depth_ = 0;
    Bits here_ = 0;  // of open_, those that lead through the present key
    std::size_t list_level_ = 0;
    bool odd_name_ = false;
    std::string parts_;
    std::vector<std::optional<std::string>> texts_;  // in the order of wanted_
    std::vector<std::string> list_;
};

/// Reads the whole text, which may end in blanks. Bytes that are no UTF-8 are looked for only when it cannot
/// be read: the parser refuses them.
class Parser {
  public:
    template <class... Wanted>
    explicit Parser(const Wanted&... wanted) : parser_(options(), wanted...) {}

    [[nodiscard]] error read(std::string_view text) {
        if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
        Failure failure;
        const std::size_t used = parser_.write_some(false, text.data(), text.size(), failure);
        if (failure == boost::json::error::too_deep) return errc::alert_too_deep;
        return failure || used < text.size() ? errc::alert_not_json : error();
    }
    const Reader& reader() const { return parser_.handler(); }

  private:
    static boost::json::parse_options options() {
        boost::json::parse_options out;
        out.max_depth = max_depth;
        return out;
    }
    boost::json::basic_parser<Reader> parser_;
};

std::string unescaped(std::string_view token) {
    std::string key;
    for (std::size_t i = 0; i < token.size(); ++i) {
        if (token[i] == '~' && i + 1 < token.size() && (token[i + 1] == '0' || token[i + 1] == '1'))
            key.push_back(token[++i] == '0' ? '~' : '/');
        else
            key.push_back(token[i]);
    }
    return key;
}

result<Alert> to_alert(const Reader& reader) {
    if (reader.fixed(integration) == "otx") return errc::own_event;
    if (!reader.name()) return reader.odd_name() ? errc::name_not_text : errc::name_missing;
    Alert alert;
    alert.id = cut_utf8(reader.fixed(id), max_id);
    alert.agent.id = cut_utf8(reader.fixed(agent_id), max_agent_field);
    alert.agent.name = cut_utf8(reader.fixed(agent_name), max_agent_field);
    alert.agent.ip = cut_utf8(reader.fixed(agent_ip), max_agent_field);
    alert.query = *reader.name();
    return alert;
}

}  // namespace

const std::vector<std::string>& AlertFields::default_pointers() {
    static const std::vector<std::string> pointers{"/data/win/eventdata/queryName", "/data/dnsstat/query",
                                                   "/data/dns/rrname"};
    return pointers;
}

AlertFields::AlertFields() : AlertFields(default_pointers()) {}

AlertFields::AlertFields(const std::vector<std::string>& pointers) {
    for (const std::string& pointer : pointers) {
        if (paths_.size() == most) return;
        Path path;
        for (std::size_t at = 0; at < pointer.size();) {
            const std::size_t end = std::min(pointer.find('/', at + 1), pointer.size());
            path.push_back(unescaped(std::string_view(pointer).substr(at + 1, end - at - 1)));
            at = end;
        }
        paths_.push_back(std::move(path));
    }
}

bool AlertFields::valid(std::string_view pointer) {
    return pointer.size() > 1 && pointer.front() == '/';
}

AlertFields AlertFields::within_active_response() const {
    AlertFields out{std::vector<std::string>{"/parameters/alert/data/dnsstat/query"}};
    for (const Path& path : paths_) out.paths_.push_back(within_response(path));
    return out;
}

result<Alert> decode_alert(std::string_view text, const AlertFields& fields) {
    Parser parser(fields, of_alert(), nullptr);
    if (const error failure = parser.read(text)) {
        if (!valid_utf8(text)) return decode_alert(repaired_utf8(text), fields);
        return failure;
    }
    if (parser.reader().fixed(integration) == "dnsstat") return errc::own_event;
    return to_alert(parser.reader());
}

result<ActiveResponse> decode_active_response(std::string_view text, const AlertFields& fields) {
    Parser parser(fields, of_response(), &response_alerts());
    if (const error failure = parser.read(text)) {
        if (!valid_utf8(text)) return decode_active_response(repaired_utf8(text), fields);
        return failure;
    }
    const Reader& reader = parser.reader();
    if (reader.fixed(command) != "add") return errc::other_command;
    auto alert = to_alert(reader);
    if (!alert) return alert.error();
    return ActiveResponse{*std::move(alert), suspicion_of(reader.fixed(category), reader.list())};
}

}  // namespace enrichd
