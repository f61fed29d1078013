#include "stages/bursts/data_domains.hpp"

#include <algorithm>
#include <array>

namespace enrichd {
namespace {

constexpr std::array<std::string_view, 89> data_domains{
    "1e100.net",
    "abuseat.org",
    "abusix.zone",
    "adsafeprotected.com",
    "akadns.net",
    "akamai.net",
    "akamaiedge.net",
    "akamaihd.net",
    "akamaized.net",
    "akstat.io",
    "amazonaws.com",
    "apple-dns.net",
    "avast.com",
    "azure-devices.net",
    "azure.com",
    "azure.net",
    "azureedge.net",
    "azurefd.net",
    "barracudacentral.org",
    "bitdefender.net",
    "blocklist.de",
    "brightcloud.com",
    "cedexis-radar.net",
    "cedexis.com",
    "cloudapp.net",
    "cloudflare-dns.com",
    "cloudflare.com",
    "cloudfront.net",
    "cloudmark.com",
    "cymru.com",
    "dnswl.org",
    "doubleclick.net",
    "e5.sk",
    "edgekey.net",
    "edgesuite.net",
    "fastly-insights.com",
    "fastly.net",
    "fbcdn.net",
    "footprintdns.com",
    "google.com",
    "googleapis.com",
    "googlesyndication.com",
    "googleusercontent.com",
    "googlevideo.com",
    "gstatic.com",
    "habeas.com",
    "icloud.com",
    "invaluement.com",
    "junkemailfilter.com",
    "kaspersky-labs.com",
    "mailspike.net",
    "mailspike.org",
    "mcafee.com",
    "microsoft.com",
    "msedge.net",
    "nflxvideo.net",
    "njabl.org",
    "nszones.com",
    "office.com",
    "office365.com",
    "opendns.com",
    "outlook.com",
    "rfc-clueless.org",
    "senderbase.org",
    "senderscore.com",
    "sharepoint.com",
    "sophosxl.com",
    "sophosxl.net",
    "sorbs.net",
    "spamcop.net",
    "spamhaus.net",
    "spamhaus.org",
    "spamhausdqs.com",
    "spamrats.com",
    "support-intelligence.net",
    "surbl.org",
    "symantec.com",
    "trafficmanager.net",
    "trellix.com",
    "trendmicro.com",
    "uceprotect.net",
    "uribl.com",
    "webcfs00.com",
    "webrootcloudav.com",
    "windows.com",
    "windows.net",
    "windowsupdate.com",
    "youtube.com",
    "zvelo.com",
};
static_assert(std::is_sorted(data_domains.begin(), data_domains.end()));

}  // namespace

/// Some of them are public suffixes, under which customers have domains of their own.
bool carries_data_by_design(std::string_view domain) {
    const auto has = [](std::string_view name) {
        return std::binary_search(data_domains.begin(), data_domains.end(), name);
    };
    return has(domain) || has(domain.substr(std::min(domain.find('.'), domain.size() - 1) + 1));
}

}  // namespace enrichd
