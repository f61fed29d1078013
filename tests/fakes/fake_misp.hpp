// A MISP server that answers POST /attributes/restSearch, after MISP's API documentation: filters by type,
// to_ids, deleted, published, timestamp and publish_timestamp, warning lists, pages. Runs in a thread of its
// own, on a free port of 127.0.0.1. What a real server does beyond that is not tried.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fakes/http_server.hpp"

namespace enrichd::fakes {

struct MispAttribute {
    std::string uuid;
    std::string type;
    std::string value;
    bool to_ids = true;
    bool deleted = false;
    std::int64_t timestamp = 0;          // Unix time of the last change
    std::int64_t publish_timestamp = 0;  // of its event; 0: not published
    bool on_warning_list = false;
    std::string comment{};
    std::vector<std::string> tags{};
};

class FakeMisp {
  public:
    static constexpr const char* key = "0123456789abcdefghij0123456789abcdefghij";

    FakeMisp();
    ~FakeMisp();
    FakeMisp(const FakeMisp&) = delete;
    FakeMisp& operator=(const FakeMisp&) = delete;

    std::string url() const;

    /// The attributes that it has, in the order of its pages.
    void change(const std::function<void(std::vector<MispAttribute>&)>& change);

    /// The maximum number of attributes on a page; 0: the limit of the request.
    void limit_pages(std::size_t attributes);

    /// It answers every page as the first.
    void ignore_pages();

    /// In place of every answer; none: as usual.
    void answer_with(Handler instead);

    std::vector<std::string> bodies() const;  // of all requests so far

  private:
    struct Server;
    std::unique_ptr<Server> server_;
};

}  // namespace enrichd::fakes
