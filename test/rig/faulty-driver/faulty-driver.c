// A Vulkan driver that passes everything to another one (REAL_DRIVER, a library), and fails when it is told to:
//
//   LOST_AFTER=n      the n-th vkQueueSubmit and all later ones say that the device is lost
//   MOST_MEMORY=n     vkAllocateMemory says that the device is full where more than n bytes would be held
//   FULL_AT=n         the n-th vkAllocateMemory, and no other, says that the device is full
//   MEMORY_REPORT=f   at the end writes the most bytes that were held, the most that the process had resident besides
//                     them, and how often it was asked
//
// cc -shared -fPIC -o faulty-driver.so faulty-driver.c -ldl
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <unistd.h>

#define OUT_OF_DEVICE_MEMORY (-2)
#define DEVICE_LOST (-4)
#define EXPORTED __attribute__((visibility("default")))

typedef void (*Function)(void);
typedef Function (*Lookup)(void *, const char *);
struct MemoryAllocateInfo { int32_t type; const void *next; uint64_t size; uint32_t memoryType; };

static int32_t (*queueSubmit)(void *, uint32_t, const void *, uint64_t);
static int32_t (*allocateMemory)(void *, const struct MemoryAllocateInfo *, const void *, uint64_t *);
static void (*freeMemory)(void *, uint64_t, const void *);
static int32_t (*mapMemory)(void *, uint64_t, uint64_t, uint64_t, uint32_t, void **);
static void (*unmapMemory)(void *, uint64_t);
static Lookup deviceLookup;

static void *real(const char *name) {
  static void *library;
  if (!library) library = dlopen(getenv("REAL_DRIVER"), RTLD_NOW | RTLD_LOCAL);
  return library ? dlsym(library, name) : NULL;
}

static uint64_t number(const char *name, uint64_t otherwise) {
  const char *text = getenv(name);
  return text ? strtoull(text, NULL, 10) : otherwise;
}

// What is held: few enough to be looked through.
enum { most = 1 << 16 };
static struct { uint64_t memory, size; } held[most];
static uint64_t submitted, allocations, heldBytes, peakHeld, peakBesides;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void look(void) {
  if (!getenv("MEMORY_REPORT")) return;
  long pages = 0, skipped;
  FILE *file = fopen("/proc/self/statm", "r");
  if (!file) return;
  if (fscanf(file, "%ld %ld", &skipped, &pages) != 2) pages = 0;
  fclose(file);
  uint64_t resident = (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
  if (resident > heldBytes && resident - heldBytes > peakBesides) peakBesides = resident - heldBytes;
}

__attribute__((destructor)) static void report(void) {
  const char *path = getenv("MEMORY_REPORT");
  FILE *file = path && peakHeld ? fopen(path, "a") : NULL;
  if (!file) return;
  fprintf(file, "{\"device\":%llu,\"besides\":%llu,\"submitted\":%llu,\"allocations\":%llu}\n", (unsigned long long)peakHeld,
          (unsigned long long)peakBesides, (unsigned long long)submitted, (unsigned long long)allocations);
  fclose(file);
}

static int32_t submit(void *queue, uint32_t count, const void *submits, uint64_t fence) {
  if (++submitted >= number("LOST_AFTER", UINT64_MAX)) return DEVICE_LOST;
  pthread_mutex_lock(&lock);
  look();
  pthread_mutex_unlock(&lock);
  return queueSubmit(queue, count, submits, fence);
}

static int32_t allocate(void *device, const struct MemoryAllocateInfo *info, const void *allocator, uint64_t *memory) {
  pthread_mutex_lock(&lock);
  int32_t result = OUT_OF_DEVICE_MEMORY;
  if (++allocations != number("FULL_AT", 0) && heldBytes + info->size <= number("MOST_MEMORY", UINT64_MAX)) {
    look();
    result = allocateMemory(device, info, allocator, memory);
  }
  if (result == 0) {
    void *data;
    // Software takes pages when they are written; all are to count from now on.
    if (getenv("MEMORY_REPORT") && mapMemory(device, *memory, 0, info->size, 0, &data) == 0) {
      memset(data, 0, info->size);
      unmapMemory(device, *memory);
    }
    heldBytes += info->size;
    if (heldBytes > peakHeld) peakHeld = heldBytes;
    for (int at = 0; at < most; at++) {
      if (held[at].memory) continue;
      held[at].memory = *memory;
      held[at].size = info->size;
      break;
    }
  }
  pthread_mutex_unlock(&lock);
  return result;
}

static void release(void *device, uint64_t memory, const void *allocator) {
  pthread_mutex_lock(&lock);
  look();
  for (int at = 0; memory && at < most; at++) {
    if (held[at].memory != memory) continue;
    heldBytes -= held[at].size;
    held[at].memory = 0;
    break;
  }
  freeMemory(device, memory, allocator);
  pthread_mutex_unlock(&lock);
}

static Function deviceFunction(void *device, const char *name);

static Function instead(const char *name, Function found) {
  if (!found) return found;
  if (!strcmp(name, "vkGetDeviceProcAddr")) return deviceLookup = (Lookup)found, (Function)deviceFunction;
  if (!strcmp(name, "vkQueueSubmit")) return *(Function *)&queueSubmit = found, (Function)submit;
  if (!strcmp(name, "vkAllocateMemory")) return *(Function *)&allocateMemory = found, (Function)allocate;
  if (!strcmp(name, "vkFreeMemory")) return *(Function *)&freeMemory = found, (Function)release;
  if (!strcmp(name, "vkMapMemory")) *(Function *)&mapMemory = found;
  if (!strcmp(name, "vkUnmapMemory")) *(Function *)&unmapMemory = found;
  return found;
}

static Function deviceFunction(void *device, const char *name) { return instead(name, deviceLookup(device, name)); }

EXPORTED Function vk_icdGetInstanceProcAddr(void *instance, const char *name) {
  Lookup lookup = (Lookup)real("vk_icdGetInstanceProcAddr");
  return lookup ? instead(name, lookup(instance, name)) : NULL;
}

EXPORTED Function vk_icdGetPhysicalDeviceProcAddr(void *instance, const char *name) {
  Lookup lookup = (Lookup)real("vk_icdGetPhysicalDeviceProcAddr");
  return lookup ? lookup(instance, name) : NULL;
}

EXPORTED int32_t vk_icdNegotiateLoaderICDInterfaceVersion(uint32_t *version) {
  int32_t (*negotiate)(uint32_t *) = (int32_t(*)(uint32_t *))real("vk_icdNegotiateLoaderICDInterfaceVersion");
  return negotiate ? negotiate(version) : -3;
}
