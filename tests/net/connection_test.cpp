// TLS and proxies: the client against real servers on loopback, with certificates made here.
#include "net/connection.hpp"

#include <gtest/gtest.h>

#include "fakes/fake_otx.hpp"
#include "fakes/fake_proxy.hpp"
#include "fakes/test_ca.hpp"
#include "net/http_client.hpp"
#include "support/run.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::connection_test {
namespace {

using namespace std::chrono_literals;
using fakes::FakeOtx;
using fakes::FakeProxy;
using fakes::TestCa;

class ConnectionTest : public testing::Test {
  protected:
    ConnectionTest() { write_file(dir_ / "ca.pem", ca_.pem()); }

    HttpClientOptions options(const FakeOtx& server) const {
        HttpClientOptions out;
        out.upstream = {"localhost", server.port(), true, dir_ / "ca.pem", {}};
        out.headers = {{"X-OTX-API-KEY", Secret(FakeOtx::key)}};
        out.gzip = true;
        out.timeout = patience;
        return out;
    }
    result<HttpResponse> get(HttpClient& client) {
        return run(io_, client.get("/api/v1/indicators/domain/bad.com/general"));
    }
    error failure(const HttpClientOptions& with) {
        HttpClient client(io_, lookup_, with);
        const auto answer = get(client);
        return answer ? error() : answer.error();
    }

    TestCa ca_;
    TempDir dir_;
    asio::io_context io_;
    Lookup lookup_{io_};
};

TEST_F(ConnectionTest, SpeaksTlsToAServerThatItsAuthorityVouchesFor) {
    FakeOtx server(ca_.certify());
    HttpClient client(io_, lookup_, options(server));
    const auto answer = get(client);
    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_NE(answer->body.find("ExampleStealer"), std::string::npos) << "unpacked";
    ASSERT_TRUE(get(client));
    EXPECT_EQ(server.connections().all, 1U) << "and keeps the connection";
}

TEST_F(ConnectionTest, AnAddressIsVouchedForToo) {
    FakeOtx server(ca_.certify());
    HttpClientOptions by_address = options(server);
    by_address.upstream.host = "127.0.0.1";
    EXPECT_FALSE(failure(by_address));
}

TEST_F(ConnectionTest, TakesUpTheLastSessionOnANewConnection) {
    FakeOtx server(ca_.certify());
    HttpClientOptions brief = options(server);
    brief.idle = 0ms;
    HttpClient client(io_, lookup_, brief);
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(get(client));
    EXPECT_EQ(client.counts().connects, 3U);
    EXPECT_EQ(client.counts().resumed, 2U);
    EXPECT_EQ(server.connections().tls_resumed, 2U);
}

TEST_F(ConnectionTest, EachWrongCertificateIsRefusedByItsName) {
    FakeOtx expired(ca_.certify({"localhost", -7200, -3600}));
    EXPECT_EQ(failure(options(expired)), errc::certificate_expired);
    FakeOtx early(ca_.certify({"localhost", 3600, 7200}));
    EXPECT_EQ(failure(options(early)), errc::certificate_not_yet_valid);
    FakeOtx other(ca_.certify({"otx.example.com"}));
    EXPECT_EQ(failure(options(other)), errc::certificate_wrong_host);
    HttpClientOptions by_address = options(other);
    by_address.upstream.host = "127.0.0.1";
    EXPECT_EQ(failure(by_address), errc::certificate_wrong_host);
    FakeOtx stranger(TestCa().certify());
    EXPECT_EQ(failure(options(stranger)), errc::certificate_untrusted);
    HttpClientOptions of_the_system = options(stranger);
    of_the_system.upstream.ca_file.clear();
    EXPECT_EQ(failure(of_the_system), errc::certificate_untrusted);
    for (const FakeOtx* one : {&expired, &early, &other, &stranger}) EXPECT_EQ(one->requests(), 0U);
}

TEST_F(ConnectionTest, AnAlertAndAPlainServerAreNoTls) {
    FakeOtx refusing(fakes::refusing_tls());
    EXPECT_EQ(failure(options(refusing)), errc::tls_failed);
    FakeOtx plain;
    const error no_tls = failure(options(plain));
    EXPECT_TRUE(no_tls == errc::tls_failed || no_tls == errc::cut) << "as it answers or leaves";
}

TEST_F(ConnectionTest, ACaFileThatCannotBeUsedFailsTheCall) {
    FakeOtx server(ca_.certify());
    HttpClientOptions broken = options(server);
    broken.upstream.ca_file = dir_ / "none.pem";
    EXPECT_EQ(failure(broken), boost::system::errc::no_such_file_or_directory);
    write_file(dir_ / "text.pem", "no certificate");
    broken.upstream.ca_file = dir_ / "text.pem";
    EXPECT_EQ(failure(broken), errc::tls_failed);
}

TEST_F(ConnectionTest, ASilentServerCostsNoMoreThanTheTimeOut) {
    asio::ip::tcp::acceptor silent(io_, {asio::ip::address_v4::loopback(), 0});
    FakeOtx unused(ca_.certify());
    HttpClientOptions quick = options(unused);
    quick.upstream.port = silent.local_endpoint().port();
    quick.upstream.host = "127.0.0.1";
    quick.timeout = 50ms;
    EXPECT_EQ(failure(quick), errc::deadline) << "the handshake counts";
}

TEST_F(ConnectionTest, GoesThroughAProxyThatSeesNothingOfIt) {
    FakeOtx server(ca_.certify());
    FakeProxy proxy("Basic amFuZTpzM2NyZXQ=");
    HttpClientOptions proxied = options(server);
    proxied.upstream.proxy = {"127.0.0.1", proxy.port(), Secret("jane:s3cret")};
    HttpClient client(io_, lookup_, proxied);
    const auto answer = get(client);
    ASSERT_TRUE(answer) << answer.error().message();
    ASSERT_TRUE(get(client));
    EXPECT_EQ(proxy.requests(),
              std::vector<std::string>{"CONNECT localhost:" + std::to_string(server.port()) + " HTTP/1.1"});
}

TEST_F(ConnectionTest, WhatIsWrongWithAProxyIsSaidOfTheProxy) {
    FakeOtx server(ca_.certify());
    FakeProxy proxy("Basic amFuZTpzM2NyZXQ=");
    HttpClientOptions proxied = options(server);
    proxied.upstream.proxy = {"127.0.0.1", proxy.port(), Secret("jane:wrong")};
    EXPECT_EQ(failure(proxied), errc::proxy_auth);
    proxied.upstream.proxy.credentials = {};
    EXPECT_EQ(failure(proxied), errc::proxy_auth);
    FakeProxy open_to_all;
    proxied.upstream.proxy = {"127.0.0.1", open_to_all.port(), {}};
    proxied.upstream.port = 1;
    EXPECT_EQ(failure(proxied), errc::proxy_refused) << "it cannot reach the server";
    proxied.upstream.proxy.port = 1;
    EXPECT_EQ(failure(proxied), errc::proxy_refused) << "nobody listens there";
    proxied.upstream.proxy = {"no-such-proxy.invalid", 3128, {}};
    EXPECT_EQ(failure(proxied), errc::proxy_refused);
    EXPECT_EQ(server.requests(), 0U);
}

TEST_F(ConnectionTest, ChangedTrustTakesEffectAtTheNextCall) {
    FakeOtx server(ca_.certify());
    HttpClient client(io_, lookup_, options(server));
    ASSERT_TRUE(get(client));
    HttpClientOptions other = options(server);
    write_file(dir_ / "other.pem", TestCa().pem());
    other.upstream.ca_file = dir_ / "other.pem";
    client.configure(other);
    EXPECT_EQ(get(client).error(), errc::certificate_untrusted) << "no kept connection, no old session";
}

TEST_F(ConnectionTest, AFileOfAuthoritiesThatWasMendedIsReadAgainAtAReload) {
    FakeOtx server(ca_.certify());
    write_file(dir_ / "ca.pem", TestCa().pem());
    HttpClient client(io_, lookup_, options(server));
    EXPECT_EQ(get(client).error(), errc::certificate_untrusted);
    write_file(dir_ / "new.pem", ca_.pem());
    std::filesystem::rename(dir_ / "new.pem", dir_ / "ca.pem");
    client.configure(options(server));
    ASSERT_TRUE(get(client));
    client.configure(options(server));
    EXPECT_EQ(client.kept(), 1U) << "a reload that changes nothing keeps connections";
}

TEST_F(ConnectionTest, AServerThatLeavesDuringTheHandshakeIsNotOneThatSpeaksNoTls) {
    asio::ip::tcp::acceptor leaving(io_, {asio::ip::address_v4::loopback(), 0});
    leaving.async_accept([](const boost::system::error_code&, asio::ip::tcp::socket) {});
    FakeOtx unused(ca_.certify());
    HttpClientOptions there = options(unused);
    there.upstream.port = leaving.local_endpoint().port();
    there.upstream.host = "127.0.0.1";
    EXPECT_EQ(failure(there), errc::cut);
}

}  // namespace
}  // namespace enrichd::test::connection_test
