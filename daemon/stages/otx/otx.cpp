#include "stages/otx/otx.hpp"

#include <boost/algorithm/string/case_conv.hpp>

#include <locale>

#include "asking/rest.hpp"

namespace enrichd {
namespace {

/// Whether a refusal says what for. A firewall's page may come for one name alone.
bool about_the_key(const HttpResponse& response) {
    if (response.status == 401) return true;
    if (response.status != 403 || !declares_json(response)) return false;
    std::string body = response.body;
    boost::algorithm::to_lower(body, std::locale::classic());
    return body.find("key") != std::string::npos || body.find("auth") != std::string::npos ||
           body.find("credential") != std::string::npos;
}

error check(const HttpResponse& response) {
    if (response.status == 401) return errc::key_refused;
    if (response.status == 403)
        return response.content_type.empty() || declares_json(response) ? errc::key_refused : errc::blocked;
    if (const error bad = meaning_of(response.status)) return bad;
    if (response.body.empty()) return errc::body_empty;
    return {};
}

}  // namespace

task<OtxReply> Otx::ask(OtxQuestion question, BeforeSend may_send) {
    std::string target = options_.base_path + "/api/v1/indicators/" + std::string(label(question.subject)) +
                         "/" + percent_encoded(question.name) + "/general";
    OtxReply reply;
    unsigned requests = 0;
    BeforeSend before_send = [&requests, &may_send] {
        const error forbidden = may_send ? may_send() : error();
        if (!forbidden) ++requests;
        return forbidden;
    };
    auto response = co_await http_.get(std::move(target), std::move(before_send));
    if (response)
        reply = reply_of(*response, question.name);
    else
        reply.verdict = response.error();
    reply.requests = requests;
    if (!reply.verdict) reply.outcome = label(reply.verdict.error());
    co_return reply;
}

OtxReply Otx::reply_of(const HttpResponse& response, const std::string& name) const {
    OtxReply reply;
    if (response.status == 429 || response.status == 503) reply.retry_after = wait_asked_for(response);
    OtxVerdict nothing_known;
    if (response.status == 400 && declares_json(response)) {
        nothing_known.refused = true;
        nothing_known.reasons.emplace_back("OTX takes it for no name");
        reply.verdict = std::move(nothing_known);
        reply.outcome = "name_refused";
    } else if (response.status == 404) {
        nothing_known.reasons.emplace_back("OTX has no page for it");
        reply.verdict = std::move(nothing_known);
        reply.outcome = "not_found";
    } else if (const error bad = check(response)) {
        reply.verdict = bad;
        reply.certain = about_the_key(response);
    } else if (auto answer = parse_otx(response.body, name)) {
        reply.verdict = verdict_of(*answer, options_.filter, wall_seconds(WallClock::now()));
        reply.outcome = reply.verdict->hit() ? "hit" : "miss";
        reply.in_service = true;
    } else {
        reply.verdict = unreadable(response, answer.error());
    }
    return reply;
}

}  // namespace enrichd
