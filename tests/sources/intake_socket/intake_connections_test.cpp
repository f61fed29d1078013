#include "sources/intake_socket/intake_connections.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <optional>
#include <utility>

#include "net/tasks.hpp"
#include "support/run.hpp"

namespace enrichd::test::intake_connections_test {
namespace {

using namespace std::chrono_literals;

TEST(IntakeConnections, AreAsManyAsTheirSlots) {
    asio::io_context io;
    IntakeConnections connections(io, 2);
    IntakeConnections::Slot first(connections);
    {
        const IntakeConnections::Slot second(connections);
        EXPECT_EQ(connections.open(), 2U);
        EXPECT_FALSE(connections.has_room());
        connections.set_limit(3);
        EXPECT_TRUE(connections.has_room());
        connections.set_limit(2);
    }
    IntakeConnections::Slot moved(std::move(first));
    EXPECT_EQ(connections.open(), 1U);
    moved.release();
    moved.release();
    EXPECT_EQ(connections.open(), 0U);
}

TEST(IntakeConnections, WhoWaitsForRoomGoesOnWhenAConnectionEnds) {
    asio::io_context io;
    Tasks tasks(io);
    IntakeConnections connections(io, 1);
    IntakeConnections::Slot slot(connections);
    tasks.spawn("wait", connections.wait_for_room());
    io.poll();
    EXPECT_EQ(tasks.running(), 1U);
    slot.release();
    EXPECT_TRUE(run_until(io, [&] { return tasks.running() == 0; }));
    EXPECT_EQ(tasks.failures(), 0U);
}

/// A silent connection, and its other end.
struct SilentPeer {
    SilentPeer(asio::io_context& io, IntakeConnections& connections)
        : slot(connections), descriptor(io, pair()), silent(std::in_place, connections, slot, descriptor) {
        descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                              [this](const boost::system::error_code& ec) { ended_by = ec; });
    }
    ~SilentPeer() { ::close(other_end); }

    int pair() {
        int ends[2] = {-1, -1};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
        other_end = ends[1];
        return ends[0];
    }

    int other_end = -1;
    boost::system::error_code ended_by;
    IntakeConnections::Slot slot;
    asio::posix::stream_descriptor descriptor;
    std::optional<IntakeConnections::Silent> silent;
};

TEST(IntakeConnections, TheOneThatIsSilentForLongestIsCutWhenItsPlaceIsNeeded) {
    asio::io_context io;
    IntakeConnections connections(io, 3);
    SilentPeer speaks(io, connections);
    SilentPeer oldest(io, connections);
    speaks.silent.reset();  // its packet came
    connections.make_room();
    EXPECT_EQ(connections.open(), 2U) << "there is room";
    SilentPeer youngest(io, connections);
    EXPECT_TRUE(connections.has_room()) << "in the place of a silent one";
    connections.make_room();
    EXPECT_EQ(connections.open(), 2U);
    io.poll();
    EXPECT_EQ(oldest.ended_by, asio::error::operation_aborted);
    EXPECT_FALSE(speaks.ended_by);
    EXPECT_FALSE(youngest.ended_by);
    connections.set_limit(2);
    connections.make_room();
    EXPECT_EQ(connections.open(), 1U);
    connections.set_limit(1);
    EXPECT_FALSE(connections.has_room()) << "none is silent";
}

}  // namespace
}  // namespace enrichd::test::intake_connections_test
