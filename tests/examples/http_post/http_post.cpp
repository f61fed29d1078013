#include "examples/http_post/http_post.hpp"

namespace enrichd::examples {

task<Sent> HttpPost::send(std::vector<Event> events) {
    HttpCall call;
    call.target = target_;
    call.method = "POST";
    call.content_type = "application/x-ndjson";
    for (const Event& event : events) call.body.append(event.json).append("\n");
    auto response = co_await http_.call(std::move(call));
    Sent sent;
    if (!response)
        sent.failure = response.error() == errc::cancelled ? errc::cancelled : errc::output_failed;
    else if (response->status / 100 != 2)
        sent.failure = errc::output_failed;
    else
        sent.events = events.size();
    co_return sent;
}

}  // namespace enrichd::examples
