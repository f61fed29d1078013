// All our error names. Each names the event; host, size and the like are added where it is logged.
#pragma once

#include <boost/system/error_code.hpp>

#include <string_view>
#include <type_traits>

namespace enrichd {

enum class errc {
    cancelled = 1,

    // an upstream
    deadline,
    refused,
    unreachable,
    name_lookup,
    cut,
    tls_failed,
    certificate_untrusted,
    certificate_expired,
    certificate_not_yet_valid,
    certificate_wrong_host,
    proxy_refused,
    proxy_auth,
    http_status,
    gateway_status,
    not_http,
    header_too_large,
    body_too_large,
    body_empty,
    body_unframed,
    body_encoding,
    content_type,
    body_not_json,
    body_wrong_shape,
    other_name,
    rate_limited,
    key_refused,
    blocked,
    queue_full,
    deferred,
    filtered,
    no_registry,
    registry_rests,
    redirect_refused,
    no_registration_date,

    // the shared state server
    not_redis,
    redis_auth,
    redis_failure,
    redis_full,
    redis_read_only,
    redis_no_master,

    // an alert
    alert_not_json,
    alert_too_deep,
    alert_too_long,
    own_event,
    other_command,
    name_missing,
    name_not_text,

    // a host name
    name_empty,
    name_too_long,
    name_empty_label,
    name_long_label,
    name_bad_character,
    name_bad_idn,

    // a packet
    packet_truncated,
    packet_magic,
    packet_version,
    packet_kind,
    packet_id,
    packet_length,
    packet_descriptors,
    peer_not_allowed,
    peer_silent,
    peer_gone,

    // an output
    output_absent,
    output_full,
    output_too_long,
    output_failed,

    // the state file
    store_full,
    store_corrupt,
    store_unwritable,
    store_in_use,
    store_later_version,
    store_failed,
    store_silent,
    store_not_loaded,
    journal_full,

    // a file that the configuration names
    file_too_large,
    table_not_json,
    table_wrong_shape,
    no_domains,

    // a file that is followed
    file_not_regular,
    key_file_open,
    file_followed_already,
    file_damaged,
    file_rewritten,

    // a list of names
    list_empty,
    list_html,
    list_binary,
    list_no_names,
    list_no_column,
    list_too_large,
    list_header_file,

    last_
};

/// A short token for metric labels and log fields, "http_status". Lives for ever.
std::string_view label(errc value);

/// The token of any error: ours by name, every system error as "system".
std::string_view label(const boost::system::error_code& value);

boost::system::error_code make_error_code(errc value);

}  // namespace enrichd

template <>
struct boost::system::is_error_code_enum<enrichd::errc> : std::true_type {};
