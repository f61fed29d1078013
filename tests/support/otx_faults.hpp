// Every way in which OTX was seen to fail or must be feared to, and what each is to us (facts of OTX, 1.13).
#pragma once

#include <chrono>
#include <vector>

#include "base/errc.hpp"
#include "fakes/fake_otx.hpp"

namespace enrichd::test {

struct OtxFailure {
    fakes::OtxFault fault;
    errc is;

    /// How long a client should wait: not long where nothing comes, long enough for slow machines elsewhere.
    std::chrono::milliseconds limit() const {
        const bool slow = fault == fakes::OtxFault::drip || fault == fakes::OtxFault::silence;
        return std::chrono::milliseconds(slow ? 200 : 20'000);
    }
};

inline const std::vector<OtxFailure>& otx_failures() {
    using fakes::OtxFault;
    static const std::vector<OtxFailure> rows{
        {OtxFault::limited, errc::rate_limited},
        {OtxFault::limited_ok, errc::rate_limited},
        {OtxFault::limited_empty, errc::rate_limited},
        {OtxFault::limited_for_seconds, errc::rate_limited},
        {OtxFault::limited_until, errc::rate_limited},
        {OtxFault::key_refused, errc::key_refused},
        {OtxFault::unauthorised, errc::key_refused},
        {OtxFault::blocked, errc::blocked},
        {OtxFault::malformed_page, errc::http_status},
        {OtxFault::limited_packed, errc::rate_limited},
        {OtxFault::time_out, errc::deadline},
        {OtxFault::broken, errc::http_status},
        {OtxFault::gateway, errc::gateway_status},
        {OtxFault::page, errc::content_type},
        {OtxFault::redirect, errc::http_status},
        {OtxFault::not_json, errc::body_not_json},
        {OtxFault::empty, errc::body_empty},
        {OtxFault::cut, errc::cut},
        {OtxFault::unframed, errc::body_unframed},
        {OtxFault::gzip_length, errc::body_encoding},
        {OtxFault::gzip_cut, errc::body_encoding},
        {OtxFault::gzip_bomb, errc::body_too_large},
        {OtxFault::huge, errc::body_too_large},
        {OtxFault::endless, errc::body_too_large},
        {OtxFault::huge_header, errc::header_too_large},
        {OtxFault::drip, errc::deadline},
        {OtxFault::silence, errc::deadline},
        {OtxFault::deep, errc::body_not_json},
        {OtxFault::count_alone, errc::body_wrong_shape},
        {OtxFault::no_pulse_info, errc::body_wrong_shape},
    };
    return rows;
}

}  // namespace enrichd::test
