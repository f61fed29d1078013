// Errors are values: a function that can fail returns result<T>, and the error is an errc or a system error.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include "base/errc.hpp"

namespace enrichd {

using error = boost::system::error_code;

template <class T>
using result = boost::system::result<T>;

}  // namespace enrichd
