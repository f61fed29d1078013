// Boost.JSON is compiled here; its headers only declare.
#include <boost/json/src.hpp>
