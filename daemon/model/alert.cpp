#include "model/alert.hpp"

#include <boost/json/basic_parser_impl.hpp>

#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "base/utf8.hpp"
#include "model/name_text.hpp"

namespace enrichd {
namespace {

using Path = std::vector<std::string>;
using Text = boost::json::string_view;
using Failure = boost::json::error_code;

constexpr std::size_t max_depth = 64;
constexpr std::size_t max_id = 64;
constexpr std::size_t max_agent_field = 255;
constexpr std::size_t max_text = 1024;
constexpr std::string_view any_element = "-";

enum Fixed : std::size_t { id, agent_id, agent_name, agent_ip, integration, command, fixed_count };

/// Where the texts of Fixed stand, in its order.
std::span<const Path> of_alert() {
    static const AlertFields at({"/id", "/agent/id", "/agent/name", "/agent/ip", "/data/integration"});
    return at.paths();
}

std::span<const Path> of_response() {
    static const AlertFields at({"/parameters/alert/id", "/parameters/alert/agent/id",
                                 "/parameters/alert/agent/name", "/parameters/alert/agent/ip",
                                 "/parameters/alert/data/integration", "/command"});
    return at.paths();
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

    Reader(const AlertFields& fields, std::span<const Path> fixed) : names_at_(fixed.size()) {
        wanted_.reserve(fixed.size() + fields.paths().size());
        for (const Path& path : fixed) wanted_.push_back(&path);
        for (const Path& path : fields.paths()) wanted_.push_back(&path);
        texts_.resize(wanted_.size());
    }

    bool on_document_begin(Failure&) { return true; }
    bool on_document_end(Failure&) { return true; }
    bool on_object_begin(Failure&) {
        begin_value();
        note_other_type();
        return enter(depth_ == 0 ? ~Bits{0} : here_);
    }
    bool on_object_end(std::size_t, Failure&) { return leave(); }
    bool on_array_begin(Failure& failure) {
        if (depth_ == 0) return no_object(failure);
        begin_value();
        note_other_type();
        const Bits listed = ending_here() & names();
        enter(here_);
        levels_[depth_].in_array = true;
        levels_[depth_].listed = listed;
        return true;
    }
    bool on_array_end(std::size_t, Failure&) { return leave(); }
    bool on_key_part(Text part, std::size_t, Failure&) { return keep(part); }
    bool on_key(Text last, std::size_t, Failure&) {
        const Text key = whole(last);
        here_ = leading_through([key](const std::string& token) { return token == key; });
        parts_.clear();
        return true;
    }
    bool on_string_part(Text part, std::size_t, Failure&) {
        if (!in_value_) begin_value();
        in_value_ = true;
        return (ending_here() == 0 && levels_[depth_].listed == 0) || keep(part);
    }
    bool on_string(Text last, std::size_t, Failure& failure) {
        if (!in_value_) begin_value();
        in_value_ = false;
        if (depth_ == 0) return no_object(failure);
        const Text text = whole(last);
        take(ending_here() | levels_[depth_].listed, text);
        parts_.clear();
        return true;
    }
    bool on_number_part(Text part, Failure&) {
        if (!in_value_) begin_value();
        in_value_ = true;
        return keep(part);
    }
    bool on_int64(std::int64_t, Text last, Failure& failure) { return number(last, failure); }
    bool on_uint64(std::uint64_t, Text last, Failure& failure) { return number(last, failure); }
    bool on_double(double, Text last, Failure& failure) { return number(last, failure); }
    bool on_bool(bool, Failure& failure) { return other_value(failure); }
    bool on_null(Failure& failure) { return other_value(failure); }
    bool on_comment_part(Text, Failure&) { return true; }
    bool on_comment(Text, Failure&) { return true; }

    bool odd_name() const { return odd_name_; }
    bool empty_name() const { return empty_name_; }
    std::string_view fixed(Fixed which) const {
        return texts_[which] ? std::string_view(*texts_[which]) : std::string_view();
    }
    const std::string* name() const {
        for (std::size_t i = names_at_; i < texts_.size(); ++i)
            if (texts_[i]) return &*texts_[i];
        return nullptr;
    }

  private:
    using Bits = std::uint64_t;
    static_assert(sizeof(Bits) * 8 > AlertFields::most + 1 + fixed_count);

    struct Level {
        Bits open = 0;         // the paths that lead through it
        Bits listed = 0;       // of an array: those that end at it, and so at its texts
        std::size_t next = 0;  // of an array: the next element's place
        bool in_array = false;
    };

    static std::size_t lowest(Bits bits) { return static_cast<std::size_t>(std::countr_zero(bits)); }

    /// Those of the open paths whose token for this level is the one of the present value.
    template <class IsHere>
    Bits leading_through(const IsHere& is_here) const {
        Bits out = 0;
        for (Bits open = levels_[depth_].open & all(); open != 0; open &= open - 1) {
            const Path& path = *wanted_[lowest(open)];
            if (path.size() >= depth_ && is_here(path[depth_ - 1])) out |= open & (~open + 1);
        }
        return out;
    }
    /// An element of an array has no key: its place tells which paths lead to it.
    void begin_value() {
        Level& level = levels_[depth_];
        if (!level.in_array) return;
        here_ = 0;
        if (level.open != 0) {
            const std::string place = std::to_string(level.next);
            here_ = leading_through(
                [&](const std::string& token) { return token == any_element || token == place; });
        }
        ++level.next;
    }
    /// Those of the paths that the present value stands at the end of.
    Bits ending_here() const {
        Bits out = 0;
        for (Bits left = here_; left != 0; left &= left - 1)
            if (wanted_[lowest(left)]->size() == depth_) out |= left & (~left + 1);
        return out;
    }
    Bits all() const { return (Bits{1} << wanted_.size()) - 1; }
    Bits names() const { return all() & ~((Bits{1} << names_at_) - 1); }

    /// Of several names at one path the first counts.
    void take(Bits ending, std::string_view text) {
        for (; ending != 0; ending &= ending - 1) {
            std::optional<std::string>& place = texts_[lowest(ending)];
            const bool is_name = (ending & (~ending + 1) & names()) != 0;
            if (!is_name) {
                place = cut_utf8(text, max_text);
            } else if (!place) {
                place = name_in_field(text);
                empty_name_ = empty_name_ || !place;
            }
        }
    }
    bool keep(Text part) {
        parts_.append(part.data(), part.size());
        return true;
    }
    Text whole(Text last) {
        if (parts_.empty()) return last;
        keep(last);
        return parts_;
    }
    /// As good as its text, but for a name.
    bool number(Text last, Failure& failure) {
        if (!in_value_) begin_value();
        in_value_ = false;
        note_other_type();
        if (here_ != 0) take(ending_here() & ~names(), whole(last));
        parts_.clear();
        return depth_ > 0 || no_object(failure);
    }
    void note_other_type() {
        if ((ending_here() & names()) != 0) odd_name_ = true;
    }
    bool other_value(Failure& failure) {
        begin_value();
        note_other_type();
        return depth_ > 0 || no_object(failure);
    }
    static bool no_object(Failure& failure) {
        failure = boost::json::error::syntax;
        return false;
    }
    bool enter(Bits through) {
        levels_[++depth_] = Level();
        levels_[depth_].open = through;
        here_ = 0;
        return true;
    }
    bool leave() {
        --depth_;
        here_ = 0;
        return true;
    }

    std::vector<const Path*> wanted_;
    std::size_t names_at_;
    std::array<Level, max_depth + 1> levels_{};  // by depth, from 1
    std::size_t depth_ = 0;
    Bits here_ = 0;          // of the open paths, those that lead through the present key or element
    bool in_value_ = false;  // a text or a number of which a part has come
    bool odd_name_ = false;
    bool empty_name_ = false;
    std::string parts_;
    std::vector<std::optional<std::string>> texts_;  // in the order of wanted_
};

/// Reads the whole text, which may end in blanks, or the first of several objects. Bytes that are no UTF-8
/// are looked for only when it cannot be read: the parser refuses them.
class Parser {
  public:
    template <class... Wanted>
    explicit Parser(const Wanted&... wanted) : parser_(options(), wanted...) {}

    [[nodiscard]] error read(std::string_view text) {
        if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
        Failure failure;
        const std::size_t used = parser_.write_some(false, text.data(), text.size(), failure);
        if (failure == boost::json::error::too_deep) return errc::alert_too_deep;
        if (failure) return errc::alert_not_json;
        text.remove_prefix(used);
        return text.empty() || text.front() == '{' ? error() : errc::alert_not_json;
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

/// With U+FFFD for what is no character; nothing when all are.
std::optional<std::string> repaired(std::string_view text) {
    std::string out = repaired_escapes(valid_utf8(text) ? std::string(text) : repaired_utf8(text));
    return out == text ? std::nullopt : std::optional(std::move(out));
}

result<Alert> to_alert(const Reader& reader, const AlertFields& fields) {
    if (fields.refuses(reader.fixed(integration))) return errc::own_event;
    if (!reader.name() && !reader.empty_name())
        return reader.odd_name() ? errc::name_not_text : errc::name_missing;
    Alert alert;
    alert.id = cut_utf8(reader.fixed(id), max_id);
    alert.agent.id = cut_utf8(reader.fixed(agent_id), max_agent_field);
    alert.agent.name = cut_utf8(reader.fixed(agent_name), max_agent_field);
    alert.agent.ip = cut_utf8(reader.fixed(agent_ip), max_agent_field);
    if (reader.name()) alert.query = *reader.name();
    return alert;
}

}  // namespace

result<Alert> decode_alert(std::string_view text, const AlertFields& fields) {
    Parser parser(fields, of_alert());
    if (const error failure = parser.read(text)) {
        if (const auto fixed = repaired(text)) return decode_alert(*fixed, fields);
        return failure;
    }
    return to_alert(parser.reader(), fields);
}

result<Alert> decode_active_response(std::string_view text, const AlertFields& fields) {
    Parser parser(fields, of_response());
    if (const error failure = parser.read(text)) {
        if (const auto fixed = repaired(text)) return decode_active_response(*fixed, fields);
        return failure;
    }
    const Reader& reader = parser.reader();
    if (reader.fixed(command) != "add") return errc::other_command;
    return to_alert(reader, fields);
}

}  // namespace enrichd
