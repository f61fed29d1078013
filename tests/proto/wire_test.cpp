// The packets, against the bytes that proto/README.md shows.
#include "proto/wire.h"

#include <gtest/gtest.h>

#include <array>
#include <sstream>
#include <string>
#include <vector>

#include "support/temp_dir.hpp"

namespace enrichd::test::wire_test {
namespace {

/// The bytes of the README's line that begins with `word`.
std::vector<unsigned char> example(const std::string& word) {
    std::istringstream lines(read_file(std::string(ENRICHD_SOURCE) + "/proto/README.md"));
    std::vector<unsigned char> bytes;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string first;
        words >> first;
        if (first != word) continue;
        for (unsigned byte = 0; words >> std::hex >> byte;) bytes.push_back(static_cast<unsigned char>(byte));
    }
    return bytes;
}

std::vector<unsigned char> request(const std::string& path, const std::string& alert) {
    std::vector<unsigned char> packet(WIRE_REQUEST_HEADER);
    const wire_request header{1, WIRE_KIND_ALERT, static_cast<std::uint32_t>(path.size()),
                              static_cast<std::uint32_t>(alert.size())};
    wire_pack_request(packet.data(), &header);
    packet.insert(packet.end(), path.begin(), path.end());
    packet.insert(packet.end(), alert.begin(), alert.end());
    return packet;
}

wire_check check(const std::vector<unsigned char>& packet) {
    wire_request out{};
    return wire_unpack_request(packet.data(), packet.size(), &out);
}

TEST(Wire, ARequestIsTheBytesOfTheReadme) {
    EXPECT_EQ(request("/tmp/a", "{}"), example("request"));
}

TEST(Wire, AReplyIsTheBytesOfTheReadme) {
    std::vector<unsigned char> reply(WIRE_REPLY_SIZE);
    wire_pack_reply(reply.data(), WIRE_STATUS_SAFE);
    EXPECT_EQ(reply, example("reply"));
}

TEST(Wire, WhatWasPackedIsUnpacked) {
    std::array<unsigned char, WIRE_REQUEST_HEADER> header{};
    const wire_request in{0x0123456789abcdefULL, WIRE_KIND_ALERT, 0, 1};
    wire_pack_request(header.data(), &in);
    std::vector<unsigned char> packet(header.begin(), header.end());
    packet.push_back('x');
    wire_request out{};
    ASSERT_EQ(wire_unpack_request(packet.data(), packet.size(), &out), WIRE_OK);
    EXPECT_EQ(out.id, in.id);
    EXPECT_EQ(out.path_length, 0U);
    EXPECT_EQ(out.alert_length, 1U);
}

TEST(Wire, EachWrongFieldIsRefusedForWhatItIs) {
    const auto good = request("/tmp/a", "{}");
    EXPECT_EQ(check(good), WIRE_OK);
    const auto with = [&](std::size_t at, unsigned char byte) {
        auto packet = good;
        packet[at] = byte;
        return check(packet);
    };
    EXPECT_EQ(with(0, 'X'), WIRE_BAD_MAGIC);
    EXPECT_EQ(with(4, 2), WIRE_BAD_VERSION);
    EXPECT_EQ(with(5, WIRE_KIND_RESERVED), WIRE_BAD_KIND);
    EXPECT_EQ(with(5, WIRE_KIND_REPLY), WIRE_BAD_KIND);
    EXPECT_EQ(with(15, 0), WIRE_BAD_ID);
    EXPECT_EQ(with(19, 7), WIRE_BAD_LENGTH);
    EXPECT_EQ(with(16, 0xff), WIRE_BAD_LENGTH);
    EXPECT_EQ(with(20, 0xff), WIRE_BAD_LENGTH);
    EXPECT_EQ(with(23, 1), WIRE_BAD_LENGTH);
    EXPECT_EQ(with(6, 1), WIRE_OK) << "reserved bytes are ignored";
}

TEST(Wire, ATruncatedPacketIsRefusedAtEveryLength) {
    const auto good = request("/tmp/a", "{}");
    for (std::size_t size = 0; size < good.size(); ++size)
        EXPECT_EQ(check({good.begin(), good.begin() + static_cast<long>(size)}), WIRE_BAD_LENGTH) << size;
}

TEST(Wire, AnEmptyAlertIsNone) {
    EXPECT_EQ(check(request("/tmp/a", "")), WIRE_BAD_LENGTH);
}

TEST(Wire, AReplyThatIsNotUnderstoodMeansBusy) {
    std::array<unsigned char, WIRE_REPLY_SIZE> reply{};
    wire_pack_reply(reply.data(), WIRE_STATUS_NOT_AN_ALERT);
    EXPECT_EQ(wire_unpack_reply(reply.data(), reply.size()), WIRE_STATUS_NOT_AN_ALERT);
    EXPECT_EQ(wire_unpack_reply(reply.data(), 7), WIRE_STATUS_BUSY);
    reply[6] = 99;
    EXPECT_EQ(wire_unpack_reply(reply.data(), reply.size()), WIRE_STATUS_BUSY);
    reply[6] = 0;
    reply[4] = 9;
    EXPECT_EQ(wire_unpack_reply(reply.data(), reply.size()), WIRE_STATUS_BUSY);
}

TEST(Wire, ASpoolNameIsSixteenDigits) {
    std::string name(WIRE_SPOOL_NAME, '?');
    wire_spool_name(name.data(), 0x00ab00000000000fULL);
    EXPECT_EQ(name, "00ab00000000000f");
}

}  // namespace
}  // namespace enrichd::test::wire_test
