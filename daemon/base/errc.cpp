#include "base/errc.hpp"

#include <array>
#include <string>

namespace enrichd {
namespace {

struct Row {
    errc value;
    std::string_view label;
    const char* sentence;
};

constexpr std::array rows{
    Row{errc::cancelled, "cancelled", "stopped before it was finished"},
    Row{errc::deadline, "timeout", "the server did not answer in time"},
    Row{errc::refused, "refused", "nobody listens at the server's address"},
    Row{errc::unreachable, "unreachable", "the server's address cannot be reached"},
    Row{errc::name_lookup, "name_lookup", "the server's host name cannot be resolved"},
    Row{errc::cut, "cut", "the server closed the connection before its answer was complete"},
    Row{errc::tls_failed, "tls", "the server does not speak TLS as it should"},
    Row{errc::certificate_untrusted, "certificate_untrusted",
        "the server's certificate is not signed by a trusted authority"},
    Row{errc::certificate_expired, "certificate_expired", "the server's certificate has expired"},
    Row{errc::certificate_not_yet_valid, "certificate_not_yet_valid",
        "the server's certificate is not valid yet"},
    Row{errc::certificate_wrong_host, "certificate_wrong_host",
        "the server's certificate is for another host name"},
    Row{errc::proxy_refused, "proxy_refused",
        "the proxy cannot be reached, or does not connect us to the server"},
    Row{errc::proxy_auth, "proxy_auth", "the proxy wants another user or password"},
    Row{errc::http_status, "bad_status", "the server answered with a status that is not 200"},
    Row{errc::gateway_status, "gateway_status", "a gateway says that the server is down"},
    Row{errc::not_http, "not_http", "the server's answer is not HTTP"},
    Row{errc::header_too_large, "header_too_large", "the header of the server's answer is too large"},
    Row{errc::body_too_large, "body_too_large", "the server's answer is too large"},
    Row{errc::body_empty, "body_empty", "the server's answer is empty"},
    Row{errc::body_unframed, "body_unframed", "the server's answer does not say where it ends"},
    Row{errc::body_encoding, "body_encoding", "the server's answer cannot be decompressed"},
    Row{errc::content_type, "content_type", "the server's answer is not declared as JSON"},
    Row{errc::body_not_json, "body_not_json", "the server's answer is not JSON"},
    Row{errc::body_wrong_shape, "body_wrong_shape",
        "the server's answer lacks the fields that it should have"},
    Row{errc::other_name, "other_name", "the server's answer is about another name"},
    Row{errc::rate_limited, "rate_limited", "the server says that we ask too often (429)"},
    Row{errc::key_refused, "key_refused", "the server refuses our key"},
    Row{errc::blocked, "blocked", "a firewall in front of the server refuses us"},
    Row{errc::queue_full, "queue_full", "more suspicious names wait, and no more may"},
    Row{errc::deferred, "put_off", "the server fails for this domain and answers others; it is deferred"},
    Row{errc::filtered, "filtered", "the name must not be looked up: see the section gate"},
    Row{errc::no_registry, "no_registry", "no registry is known for domains with this suffix"},
    Row{errc::registry_rests, "registry_rests", "requests to the registry are paused"},
    Row{errc::redirect_refused, "redirect_refused", "it redirects to another server that is not asked"},
    Row{errc::no_registration_date, "no_registration_date", "the registry gives no date of registration"},
    Row{errc::not_redis, "not_redis", "the server does not speak the protocol of Valkey and Redis"},
    Row{errc::redis_auth, "redis_auth",
        "the server refuses the password, or a command that the user may not use"},
    Row{errc::redis_failure, "redis_failure", "the server refuses a command"},
    Row{errc::redis_full, "redis_full", "the server's memory is full (maxmemory)"},
    Row{errc::redis_read_only, "redis_read_only",
        "the server is a replica, or is loading, and takes no writes"},
    Row{errc::redis_no_master, "redis_no_master", "Sentinel knows no master of this name"},
    Row{errc::alert_not_json, "not_json", "the alert is not a JSON object"},
    Row{errc::alert_too_deep, "too_deep", "the alert is nested too deeply"},
    Row{errc::alert_too_long, "too_long", "the alert is longer than intake.max_alert_bytes"},
    Row{errc::own_event, "own_event", "the alert is one of our own events: a rule group makes a loop"},
    Row{errc::other_command, "other_command", "the active response is none to begin"},
    Row{errc::name_missing, "name_missing", "the alert has no queried name"},
    Row{errc::name_not_text, "name_not_text", "the queried name is not a text"},
    Row{errc::name_empty, "name_empty", "the queried name is empty"},
    Row{errc::name_too_long, "name_too_long", "the queried name is longer than 253 characters"},
    Row{errc::name_empty_label, "name_empty_label", "the queried name has an empty label"},
    Row{errc::name_long_label, "name_long_label", "the queried name has a label of more than 63 characters"},
    Row{errc::name_bad_character, "name_bad_character", "the queried name has a character no host name has"},
    Row{errc::name_bad_idn, "name_bad_idn", "the queried name is no valid internationalised name"},
    Row{errc::packet_truncated, "packet_truncated", "the packet is longer than a packet may be"},
    Row{errc::packet_magic, "packet_magic", "the packet does not begin as ours do"},
    Row{errc::packet_version, "packet_version", "the packet is of a version that this daemon does not know"},
    Row{errc::packet_kind, "packet_kind", "the packet is of a kind that this daemon does not know"},
    Row{errc::packet_id, "packet_id", "the packet has no id"},
    Row{errc::packet_length, "packet_length", "the packet's lengths do not add up"},
    Row{errc::packet_descriptors, "packet_descriptors", "the packet carries descriptors nobody asked for"},
    Row{errc::peer_not_allowed, "peer_not_allowed", "the peer is not in intake.allow"},
    Row{errc::peer_silent, "peer_silent", "the peer connected and sent nothing"},
    Row{errc::peer_gone, "peer_gone", "the peer left without sending a packet"},
    Row{errc::output_absent, "absent", "nobody reads the output"},
    Row{errc::output_full, "full", "the output is full"},
    Row{errc::output_too_long, "too_long", "the event is longer than the output takes"},
    Row{errc::output_failed, "failed", "the output cannot be written"},
    Row{errc::store_full, "disk_full", "the disk of the state file is full"},
    Row{errc::store_corrupt, "corrupt", "the state file is damaged"},
    Row{errc::store_unwritable, "unwritable", "the state file cannot be opened for writing"},
    Row{errc::store_in_use, "in_use", "another process uses the state file"},
    Row{errc::store_later_version, "later_version", "the state file was written by a later version"},
    Row{errc::store_failed, "failed", "the state file cannot be read or written"},
    Row{errc::store_silent, "silent", "the state file does not answer"},
    Row{errc::store_not_loaded, "not_loaded", "the state file has not been read yet"},
    Row{errc::journal_full, "journal_full", "as many alerts wait as state.max_pending allows"},
    Row{errc::file_too_large, "file_too_large", "the file is larger than it may be"},
    Row{errc::table_not_json, "table_not_json", "the file holds no JSON"},
    Row{errc::table_wrong_shape, "table_wrong_shape", "the file's JSON is not shaped as it should be"},
    Row{errc::no_domains, "no_domains", "no line of the file is a domain"},
    Row{errc::file_not_regular, "not_regular", "it is no regular file"},
    Row{errc::key_file_open, "key_file_open", "others may read or write the file of the key"},
    Row{errc::file_followed_already, "followed_already", "another process follows the file"},
    Row{errc::file_damaged, "damaged", "the compressed file is damaged or not complete"},
    Row{errc::file_rewritten, "rewritten", "the file was emptied and is written anew"},
    Row{errc::list_empty, "empty", "the list is empty"},
    Row{errc::list_html, "html", "it is a page of HTML or XML, and no list"},
    Row{errc::list_binary, "binary", "it is no text"},
    Row{errc::list_no_names, "no_names", "too few of its lines have a name; it may be of another format"},
    Row{errc::list_no_column, "no_column", "no column of the table has this name"},
    Row{errc::list_too_large, "list_too_large", "the list has more names than a list may have"},
    Row{errc::list_header_file, "list_header_file",
        "header_file cannot be used: it must be readable, not by others (chmod 640), and hold a line Name: "
        "value"},
};

constexpr bool in_order() {
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (static_cast<std::size_t>(rows[i].value) != i + 1) return false;
    return rows.size() + 1 == static_cast<std::size_t>(errc::last_);
}
static_assert(in_order(), "one row for each errc, in its order");

const Row& row(int value) {
    return rows[static_cast<std::size_t>(value) - 1];
}

class Category final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "enrichd"; }
    std::string message(int value) const override {
        return value >= 1 && value < static_cast<int>(errc::last_) ? row(value).sentence : "unknown error";
    }
};

const Category category;

}  // namespace

std::string_view label(errc value) {
    return row(static_cast<int>(value)).label;
}

std::string_view label(const boost::system::error_code& value) {
    if (value.category() == category) return label(static_cast<errc>(value.value()));
    return "system";
}

boost::system::error_code make_error_code(errc value) {
    return {static_cast<int>(value), category};
}

}  // namespace enrichd
