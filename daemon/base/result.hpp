// Errors are values: a function that can fail returns result<T>, and the error is an errc or a system error.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <cerrno>

#include "base/errc.hpp"

namespace enrichd {

using error = boost::system::error_code;

/// What the last system call of this thread failed with.
inline error last_error() {
    return {errno, boost::system::system_category()};
}

template <class T>
using result = boost::system::result<T>;

}  // namespace enrichd
