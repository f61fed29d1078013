// Where in an alert stands what enrichd reads of it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/alert_context.hpp"
#include "model/path_tree.hpp"

namespace enrichd {

/// What else must stand in an alert, or a field does not count. Written in front of its pointer:
/// "zeek:/data/query".
enum class Condition : std::uint8_t {
    none,
    zeek,          // "zeek": /data/uid, /data/bro_engine or the originating host of a connection
    from_port_53,  // "from_port_53": /data/src_port is 53, so the packet is the answer of a DNS server
};
inline constexpr std::size_t condition_count = 3;

/// An entry of intake.fields or intake.context.
struct FieldEntry {
    Condition needs = Condition::none;
    std::string_view pointer;
};
FieldEntry field_entry(std::string_view entry);

/// Whether a text is an entry: a condition or none, and a pointer that can be used here: "/", at least one
/// key, no escape but ~0 and ~1.
bool valid_field(std::string_view entry);

/// Where the parts of the context may stand: entries in order of preference. The first that holds a value
/// counts.
struct ContextPointers {
    static constexpr std::size_t most = 16;  // of each

    std::vector<std::string> process;
    std::vector<std::string> user;
    std::vector<std::string> query_status;
    std::vector<std::string> answers;
    std::vector<std::string> client;
    bool operator==(const ContextPointers&) const = default;

    ContextPointers();  // the defaults of intake.context
};

/// What a value at a place of an alert is for.
struct AlertTarget {
    enum class Kind : std::uint8_t {
        id,
        agent_id,
        agent_name,
        agent_ip,
        integration,
        command,
        condition,  // it makes `needs` hold
        name,
        context
    };
    Kind kind;
    Condition needs = Condition::none;
    std::uint32_t preference = 0;  // of a name or a part of the context: smaller comes first
    ContextField field = ContextField::rule;
    bool escaped_twice = false;  // see ContextTexts::add
    std::string_view value{};    // of a condition, that it must have; empty: any
};

/// Where the queried name may stand: entries in order of preference, JSON pointers (RFC 6901). A number leads
/// into a list too, `-` to any element of it; one that ends at a list means its texts. The first that holds a
/// name counts: "", "-" and "N/A" are none. With the places of all else that is read.
class AlertFields {
  public:
    static constexpr std::size_t most = 32;

    AlertFields();  // the defaults of intake.fields and intake.context

    /// Names beyond `most` are ignored.
    explicit AlertFields(std::vector<std::string> names, ContextPointers context = {});

    static const std::vector<std::string>& default_pointers();

    /// The same for an alert within the message of an active response, where a name that Domain Stats was
    /// asked for comes first, and so does the context of its event.
    AlertFields within_active_response() const;

    /// Alerts of these integrations are our own events: they are refused, or they would come round for ever.
    void refuse(std::vector<std::string> integrations) { refused_ = std::move(integrations); }
    bool refuses(std::string_view integration) const {
        return std::find(refused_.begin(), refused_.end(), integration) != refused_.end();
    }

    /// Each name's pointer as its keys, unescaped.
    const std::vector<std::vector<std::string>>& paths() const { return paths_; }

    const PathTree& tree() const { return tree_; }
    const AlertTarget& target(std::uint32_t number) const { return targets_[number]; }

  private:
    AlertFields(std::vector<std::string> names, ContextPointers context, bool response);

    void add(std::string_view pointer, AlertTarget target);
    void add_conditions();
    void add_names();
    void add_context(ContextField field, const std::vector<std::string>& entries);

    std::vector<std::string> names_;
    ContextPointers context_;
    bool response_ = false;
    std::vector<std::string> refused_;
    std::vector<std::vector<std::string>> paths_;
    PathTree tree_;
    std::vector<AlertTarget> targets_;
};

}  // namespace enrichd
