// What a failed try says about the server.
#pragma once

#include <chrono>

#include "base/result.hpp"

namespace enrichd {

/// A server that has answered within this time is not in trouble because it fails for one name.
inline constexpr std::chrono::minutes answered_lately{1};

/// We do not come through to it: true of all questions, and no second try is needed to know.
inline bool out_of_reach(const error& failure) {
    return failure == errc::refused || failure == errc::unreachable || failure == errc::name_lookup ||
           failure == errc::tls_failed || failure == errc::certificate_untrusted ||
           failure == errc::certificate_expired || failure == errc::certificate_not_yet_valid ||
           failure == errc::certificate_wrong_host || failure == errc::proxy_refused ||
           failure == errc::proxy_auth;
}

/// The state file fails, in which the embedded engine looks.
inline bool of_the_store(const error& failure) {
    return failure == errc::store_full || failure == errc::store_corrupt ||
           failure == errc::store_unwritable || failure == errc::store_in_use ||
           failure == errc::store_later_version || failure == errc::store_failed;
}

/// It did not come to an answer, which may be the server's state or chance.
inline bool unanswered(const error& failure) {
    return out_of_reach(failure) || failure == errc::deadline || failure == errc::cut ||
           failure == errc::gateway_status || of_the_store(failure);
}

}  // namespace enrichd
